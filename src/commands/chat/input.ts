import { type ChatMessage, userMessage, withSystem } from '../../core/chat/messages.ts';
import { UsageError } from '../../core/errors.ts';
import type { InputStream } from '../../terminal/terminal.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { pathParser } from '../paths.ts';
import { readAll, readPrompt } from './prompt.ts';

/** The flags that say what is asked. */
export interface InputFlags {
  prompt?: string;
  file?: string[];
  image?: string[];
  system?: string;
  messages?: string;
}

/** Bytes. */
const SYSTEM_CAP = 2 ** 20;

/**
 * The messages that flags and standard input make up.
 * @throws UsageError when there is nothing to ask, or something cannot be used
 */
export async function readMessages(context: Context, flags: InputFlags): Promise<ChatMessage[]> {
  const system = await readSystem(context, flags.system);
  if (flags.messages !== undefined) return readArray(context, flags, flags.messages, system);
  return withSystem([await readTurn(context, flags, context.terminal.stdin)], system);
}

/** `--system`: a text, or `@` and the file it is in. */
export async function readSystem(
  context: Context,
  flag: string | undefined,
): Promise<string | undefined> {
  if (flag?.startsWith('@') !== true) return flag;
  const { readUserText } = await import('../../core/files/user-file.ts');
  const path = pathParser(context)(flag.slice(1));
  return (await readUserText(path, { ...context, cap: SYSTEM_CAP })).trimEnd();
}

/** One turn of the user: prompt, files and pictures. */
async function readTurn(
  context: Context,
  flags: InputFlags,
  stdin: InputStream | undefined,
): Promise<ChatMessage> {
  const { file = [], image = [] } = flags;
  const { clock, signal } = context;
  const optional = file.length + image.length > 0;
  // What is wrong with a file is known before anybody waits for standard input.
  const [materials, pictures] = optional ? await readMaterials(context, file, image) : [[], []];
  const prompt = await readPrompt({
    flag: flags.prompt,
    stdin,
    optional,
    clock,
    signal,
    onSilence: () => notice(context, 'Nothing came from standard input; going on without it.'),
  });
  const text = [prompt, ...materials].filter((part) => part !== '').join('\n\n');
  return userMessage(text, pictures);
}

async function readMaterials(
  context: Context,
  files: readonly string[],
  images: readonly string[],
) {
  const { readMaterial, readPicture } = await import('./material.ts');
  return Promise.all([
    Promise.all(files.map((path) => readMaterial(path, context))),
    Promise.all(images.map((place) => readPicture(place, context))),
  ]);
}

/** `--messages`, and after it what the other flags add: a user's turn at the end. */
async function readArray(
  context: Context,
  flags: InputFlags,
  source: string,
  system: string | undefined,
): Promise<ChatMessage[]> {
  const { prompt, file = [], image = [] } = flags;
  const fromStdin = source === '-';
  if (fromStdin && prompt === '-') {
    throw new UsageError('Standard input cannot be both the messages and the prompt', {
      code: 'stdin_twice',
    });
  }
  const { parseMessageArray } = await import('../../core/chat/message-array.ts');
  const text = fromStdin
    ? await readAll(context.terminal.stdin, context.signal)
    : await (await import('../../core/files/user-file.ts')).readUserText(source, context);
  const messages = parseMessageArray(text, fromStdin ? 'Standard input' : source);
  if (system !== undefined && messages.some(({ role }) => role === 'system')) {
    throw new UsageError('There is a system text in --messages and in --system', {
      code: 'system_twice',
    });
  }
  const more = prompt !== undefined || file.length + image.length > 0;
  if (!more) return withSystem(messages, system);
  const turn = await readTurn(context, flags, fromStdin ? undefined : context.terminal.stdin);
  return withSystem([...messages, turn], system);
}
