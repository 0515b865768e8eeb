import { ProtocolError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import type { ChatAnswer } from './answer.ts';
import { endingOf } from './finish-reason.ts';
import type { Schema } from './json-schema.ts';

/**
 * The value of `response_format` that makes OpenAI and DashScope answer in JSON that follows a schema
 * (structured outputs, `strict`).
 */
export function responseFormat(schema: Schema): Record<string, unknown> {
  const title = typeof schema.title === 'string' ? schema.title : '';
  // The API requires a name of 1 to 64 letters, digits, "_" and "-".
  const name = title.replaceAll(/[^\w-]+/g, '_').slice(0, 64) || 'answer';
  return { type: 'json_schema', json_schema: { name, strict: true, schema } };
}

/**
 * Compiles a JSON Schema into a check of answers. The check throws ProtocolError `schema_mismatch` for
 * an answer that is not JSON or does not match.
 * @throws UsageError `invalid_schema`
 */
export async function loadAnswerCheck(schema: Schema): Promise<(answer: ChatAnswer) => void> {
  const { compileSchema } = await import('./json-schema.ts');
  const mismatchOf = compileSchema(schema);
  return ({ content, finish_reason, endpoint }) => {
    const failure = (what: string) => {
      const cut =
        endingOf(finish_reason) === 'cut_off' ? ' (it was cut off at the limit of tokens)' : '';
      return new ProtocolError(`The answer of ${new URL(endpoint).host} ${what}${cut}`, {
        code: 'schema_mismatch',
        hint: 'Try again, or choose a model that supports structured output with -m.',
      });
    };
    const value = jsonOrUndefined(content);
    if (value === undefined) throw failure('is not JSON');
    const mismatch = mismatchOf(value);
    if (mismatch !== undefined) throw failure(`does not match the schema: ${mismatch}`);
  };
}
