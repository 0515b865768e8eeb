import { ProtocolError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import type { ChatAnswer } from './answer.ts';
import type { Schema } from './json-schema.ts';

/** `response_format` as OpenAI and DashScope have it: structured output, to the letter. */
export function responseFormat(schema: Schema): Record<string, unknown> {
  const title = typeof schema.title === 'string' ? schema.title : '';
  // The name is required, and may hold nothing else.
  const name = title.replaceAll(/[^\w-]+/g, '_').slice(0, 64) || 'answer';
  return { type: 'json_schema', json_schema: { name, strict: true, schema } };
}

/**
 * What finds out whether an answer keeps to a JSON Schema.
 * @throws as `compileSchema`; the check: ProtocolError `schema_mismatch`
 */
export async function loadAnswerCheck(schema: Schema): Promise<(answer: ChatAnswer) => void> {
  const { compileSchema } = await import('./json-schema.ts');
  const complaintAbout = compileSchema(schema);
  return ({ content, finish_reason, endpoint }) => {
    const mismatch = (what: string) => {
      const cut = finish_reason === 'length' ? ' (it was cut off at the limit of tokens)' : '';
      return new ProtocolError(`The answer of ${new URL(endpoint).host} ${what}${cut}`, {
        code: 'schema_mismatch',
        hint: 'Ask again, or a model that supports structured output.',
      });
    };
    const value = jsonOrUndefined(content);
    if (value === undefined) throw mismatch('is not JSON');
    const complaint = complaintAbout(value);
    if (complaint !== undefined) throw mismatch(`does not match the schema: ${complaint}`);
  };
}
