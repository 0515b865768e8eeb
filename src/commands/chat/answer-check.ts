import type { ChatAnswer } from '../../core/chat/answer.ts';
import type { Schema } from '../../core/chat/json-schema.ts';
import { ProtocolError, UsageError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { parseObject } from './parameters.ts';

/** In bytes. No service accepts a larger schema. */
const SCHEMA_CAP = 2 ** 20;

/**
 * Reads the schema of `--json-schema`: the schema itself, or the path of its file.
 * @throws UsageError `invalid_schema` for a text that is not a JSON object; the errors of
 *   `readUserText`
 */
export async function readSchema(context: Context, flag: string): Promise<Schema> {
  const inline = flag.trimStart().startsWith('{');
  const schema = parseObject(inline ? flag : await readSchemaFile(context, flag));
  if (schema !== undefined) return schema;
  const source = inline ? '--json-schema' : flag;
  throw new UsageError(`${source} does not hold a JSON object`, { code: 'invalid_schema' });
}

async function readSchemaFile(context: Context, path: string): Promise<string> {
  const { readUserText } = await import('../../core/files/user-file.ts');
  const { clock, signal } = context;
  return readUserText(path, { clock, signal, cap: SCHEMA_CAP });
}

/** Throws ProtocolError if a complete answer is not what the flags require. */
export type AnswerCheck = (answer: ChatAnswer) => void | Promise<void>;

/**
 * The check of an answer: JSON of the schema, or with `extract` at least one code block.
 * @throws UsageError `invalid_schema` for a schema that cannot be compiled
 */
export async function loadCheck(
  schema: Schema | undefined,
  extract: boolean,
): Promise<AnswerCheck> {
  if (schema !== undefined) {
    const { loadAnswerCheck } = await import('../../core/chat/answer-schema.ts');
    return loadAnswerCheck(schema);
  }
  return extract ? requireCodeBlock : () => {};
}

async function requireCodeBlock({ content, endpoint }: ChatAnswer): Promise<void> {
  const { createCodeBlocks } = await import('../../terminal/markdown/code-blocks.ts');
  const blocks = createCodeBlocks();
  blocks.write(content);
  blocks.end();
  if (blocks.found) return;
  throw new ProtocolError(`The answer of ${new URL(endpoint).host} holds no code block`, {
    code: 'no_code_block',
    hint: 'Ask for one, or see the whole answer without -x.',
  });
}
