import type { ChatAnswer } from '../../core/chat/answer.ts';
import type { Schema } from '../../core/chat/json-schema.ts';
import { ProtocolError, UsageError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { objectOf } from './parameters.ts';

/** No schema that a service takes is larger, in bytes. */
const SCHEMA_CAP = 2 ** 20;

/**
 * `--json-schema`: the schema itself, or the file it is in.
 * @throws UsageError
 */
export async function readSchema(context: Context, flag: string): Promise<Schema> {
  const inline = flag.trimStart().startsWith('{');
  const text = inline ? flag : await readSchemaFile(context, flag);
  const schema = objectOf(text);
  if (schema !== undefined) return schema;
  const source = inline ? '--json-schema' : flag;
  throw new UsageError(`${source} does not hold a JSON object`, { code: 'invalid_schema' });
}

async function readSchemaFile(context: Context, path: string): Promise<string> {
  const { readUserText } = await import('../../core/files/user-file.ts');
  return readUserText(path, { ...context, cap: SCHEMA_CAP });
}

type Check = (answer: ChatAnswer) => void | Promise<void>;

/**
 * What the answer must be, beyond being complete.
 * @throws UsageError for a schema that is none; the check: ProtocolError
 */
export async function loadCheck(schema: Schema | undefined, extract: boolean): Promise<Check> {
  if (schema !== undefined) {
    const { loadAnswerCheck } = await import('../../core/chat/answer-schema.ts');
    return loadAnswerCheck(schema);
  }
  return extract ? holdsCode : () => {};
}

async function holdsCode({ content, endpoint }: ChatAnswer): Promise<void> {
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
