import { ProtocolError } from '../errors.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import type { ChatAnswer } from './answer.ts';
import { endingOf } from './finish-reason.ts';
import type { Schema } from './json-schema.ts';

/**
 * The value of `response_format` that makes OpenAI and DashScope answer in JSON that follows a schema
 * (structured outputs, `strict`).
 */
export function responseFormat(given: Schema): Record<string, unknown> {
  const { schema, name: chosen, strict } = unwrapSchema(given);
  if (chosen !== undefined) {
    return { type: 'json_schema', json_schema: { name: chosen, strict, schema } };
  }
  const title = typeof schema.title === 'string' ? schema.title : '';
  // The API requires a name of 1 to 64 letters, digits, "_" and "-".
  const name = title.replaceAll(/[^\w-]+/g, '_').slice(0, 64) || 'answer';
  return { type: 'json_schema', json_schema: { name, strict, schema } };
}

/**
 * The schema inside OpenAI's wrapper `{name, schema, strict}`, which can stand under `json_schema`; a
 * schema without the wrapper is `strict`.
 */
function unwrapSchema(given: Schema): { schema: Schema; name?: string; strict: boolean } {
  const wrapper = isFields(given.json_schema) ? given.json_schema : given;
  if (typeof wrapper.name !== 'string' || !isFields(wrapper.schema)) {
    return { schema: given, strict: true };
  }
  const { name, schema, strict } = wrapper;
  return { name, schema, strict: strict !== false };
}

const FENCED = /^(`{3,}|~{3,})[a-z0-9]*\s([^]*)\1$/i;

/**
 * The JSON of an answer that is one code block, or that has words around its only one. Any other answer
 * is unchanged.
 */
export function unfenced(content: string): string {
  const inner = FENCED.exec(content.trim())?.[2] ?? onlyBlock(content);
  return inner === undefined || jsonOrUndefined(inner) === undefined ? content : inner.trim();
}

/** What the only code block of a text holds. Not a pattern: that could take quadratic time. */
function onlyBlock(text: string): string | undefined {
  const blocks: string[] = [];
  let fence: string | undefined;
  let inside: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (fence === undefined) {
      fence = /^(`{3,}|~{3,})[a-z0-9]*\s*$/i.exec(line)?.[1];
      inside = [];
    } else if (line.trimEnd() === fence) {
      blocks.push(inside.join('\n'));
      fence = undefined;
    } else inside.push(line);
  }
  return blocks.length === 1 ? blocks[0] : undefined;
}

/**
 * Compiles a JSON Schema into a check of answers. The check throws ProtocolError `schema_mismatch` for
 * an answer that is not JSON or does not match.
 * @throws UsageError `invalid_schema`
 */
export async function loadAnswerCheck(schema: Schema): Promise<(answer: ChatAnswer) => void> {
  const { compileSchema } = await import('./json-schema.ts');
  const mismatchOf = compileSchema(unwrapSchema(schema).schema);
  return ({ content, finish_reason, endpoint }) => {
    const failure = (what: string) => {
      const cut =
        endingOf(finish_reason) === 'cut_off' ? ' (it was cut off at the limit of tokens)' : '';
      return new ProtocolError(`The answer of ${new URL(endpoint).host} ${what}${cut}`, {
        code: 'schema_mismatch',
        hint: 'Try again, or choose a model that supports structured output with -m.',
      });
    };
    const value = jsonOrUndefined(unfenced(content));
    if (value === undefined) throw failure('is not JSON');
    const mismatch = mismatchOf(value);
    if (mismatch !== undefined) throw failure(`does not match the schema: ${mismatch}`);
  };
}
