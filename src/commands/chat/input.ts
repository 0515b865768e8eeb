import { fstatSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type ChatMessage, userMessage, withSystem } from '../../core/chat/messages.ts';
import { UsageError } from '../../core/errors.ts';
import { isStdin, readStandardInput } from '../../core/files/read-to-end.ts';
import { textOf } from '../../core/files/text.ts';
import type { InputStream } from '../../terminal/terminal.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { readSystem, type SystemSources } from './system.ts';

/** What goes with a question. */
export interface Material extends SystemSources {
  /** Paths of `-f`. */
  files: readonly string[];
  /** Paths and URLs of `-i`. */
  images: readonly string[];
}

/** Where the messages of a question come from. */
export interface PromptSources extends Material {
  /** `-p`; `-` is standard input. */
  prompt: string | undefined;
  /** `--messages`: the path of a message array; `-` is standard input. */
  messages: string | undefined;
}

/** In bytes. */
const PROMPT_CAP = 16 * 2 ** 20;

/**
 * Reads the messages to send from flags, files and standard input.
 * @throws UsageError without a prompt, and for input that cannot be used; StorageError
 *   `file_not_read`; the reason of the context's signal
 */
export async function readMessages(
  context: Context,
  sources: PromptSources,
): Promise<ChatMessage[]> {
  const text = await readSystem(context, sources);
  const system = text === '' ? undefined : text;
  if (sources.messages !== undefined) {
    return readMessageArray(context, sources, sources.messages, system);
  }
  return withSystem([await readUserMessage(context, sources, context.terminal.stdin)], system);
}

/** The array of `--messages`, and the user message of the other flags at its end. */
async function readMessageArray(
  context: Context,
  sources: PromptSources,
  source: string,
  system: string | undefined,
): Promise<ChatMessage[]> {
  const { prompt, files, images } = sources;
  const { clock, signal } = context;
  const fromStdin = source === '-';
  refuseSecondStdin([source, prompt === '-' ? prompt : '', ...files, ...images]);
  const { parseMessageArray } = await import('../../core/chat/message-array.ts');
  const text = fromStdin
    ? await readStdin(context.terminal.stdin, signal)
    : await (await import('../../core/files/user-file.ts')).readUserText(source, { clock, signal });
  const messages = parseMessageArray(text, fromStdin ? 'Standard input' : source);
  const own = messages.some(({ role }) => role === 'system');
  if (own && sources.system === undefined) system = undefined;
  if (own && system !== undefined) {
    throw new UsageError('There is a system text in --messages and in --system', {
      code: 'system_twice',
    });
  }
  const hasMore = prompt !== undefined || files.length + images.length > 0;
  if (!hasMore) return withSystem(messages, system);
  const stdin = fromStdin ? undefined : context.terminal.stdin;
  return withSystem([...messages, await readUserMessage(context, sources, stdin)], system);
}

/** @throws UsageError `stdin_twice` when more than one of these is standard input */
function refuseSecondStdin(places: readonly string[]): void {
  if (places.filter(isStdin).length < 2) return;
  throw new UsageError('Standard input can be only one of messages, prompt, file and picture', {
    code: 'stdin_twice',
    hint: 'Only one of --messages, -p, -f and -i may be "-".',
  });
}

/** One user message: prompt, files and pictures. `stdin` is undefined if it was read already. */
async function readUserMessage(
  context: Context,
  { prompt, files, images }: PromptSources,
  stdin: InputStream | undefined,
): Promise<ChatMessage> {
  if (files.length + images.length === 0) {
    const text = await readPrompt(context, prompt, stdin, false);
    if (text !== '') return userMessage(text);
    throw new UsageError('There is no prompt', {
      code: 'no_prompt',
      hint: 'Give one: qwen-demo chat "...", or pipe it in: echo hello | qwen-demo chat',
    });
  }
  const { createAttachments } = await import('./attachments.ts');
  const attachments = createAttachments((text) => notice(context, text));
  const places = [...files, ...images];
  refuseSecondStdin([prompt === '-' ? prompt : '', ...places]);
  const { clock, signal } = context;
  // Files first: an error about them must not wait for standard input.
  await attachments.addAll({ files, images }, { clock, signal, stdin });
  const rest = places.some(isStdin) ? undefined : stdin;
  return attachments.attachTo(await readPrompt(context, prompt, rest, true));
}

type StandardInput = InputStream & { fd?: number };

/** The prompt of `-p` and of standard input, in this order. '' if neither has text. */
async function readPrompt(
  context: Context,
  flag: string | undefined,
  stdin: StandardInput | undefined,
  optional: boolean,
): Promise<string> {
  const typed = flag === '-' ? undefined : flag;
  const piped = stdin && (await readPipedText(context, flag, stdin, optional));
  return [typed, piped]
    .map((text) => text?.trimEnd() ?? '')
    .filter((text) => text.trim() !== '')
    .join('\n\n');
}

/** Standard input is skipped if it stays silent and the question can be sent without it. */
async function readPipedText(
  context: Context,
  flag: string | undefined,
  stdin: StandardInput,
  optional: boolean,
): Promise<string | undefined> {
  const { signal } = context;
  if (flag === '-') return readStdin(stdin, signal);
  if (stdin.isTTY === true) return undefined;
  const required = flag === undefined && !optional;
  if (!required && (await staysSilent(context, stdin))) return undefined;
  return readStdin(stdin, signal);
}

/**
 * How long to wait for the first byte of a standard input that no flag names, in ms. A shell made a
 * pipe, so a program probably writes to it. A socket is inherited from the program that started
 * this one, and had the whole start-up to receive data.
 */
const FIRST_BYTE_MS = { pipe: 3000, other: 50 };

/** Waits for the first byte or the end of standard input. A silent one is closed. */
async function staysSilent(context: Context, stdin: StandardInput): Promise<boolean> {
  const { clock, signal } = context;
  const kind = kindOf(stdin);
  if (kind === 'file') return false;
  const ready = new AbortController();
  const stop = () => ready.abort();
  stdin.once('readable', stop).once('end', stop).once('error', stop);
  try {
    await clock.sleep(FIRST_BYTE_MS[kind], AbortSignal.any([ready.signal, signal]));
    // A process that had no CPU in that time looks at its standard input only now.
    await setImmediate(undefined, { signal: ready.signal });
    if (kind === 'pipe') notice(context, 'Nothing came from standard input; going on without it.');
    // An open standard input would keep the process alive.
    stdin.destroy();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    stdin.off('readable', stop).off('end', stop).off('error', stop);
  }
}

function kindOf(stdin: StandardInput): 'file' | 'pipe' | 'other' {
  if (stdin.fd === undefined) return 'pipe';
  try {
    const stat = fstatSync(stdin.fd);
    // A character device such as /dev/null answers at once.
    if (stat.isFile() || stat.isCharacterDevice()) return 'file';
    return stat.isFIFO() ? 'pipe' : 'other';
  } catch {
    return 'other';
  }
}

/**
 * Reads standard input to its end.
 * @throws UsageError `prompt_too_large` above 16 MiB, `input_not_text`; the signal's reason
 */
async function readStdin(stdin: InputStream, signal: AbortSignal): Promise<string> {
  const tooLarge = () =>
    new UsageError('The prompt is larger than 16 MiB', { code: 'prompt_too_large' });
  const text = textOf(await readStandardInput(stdin, signal, { cap: PROMPT_CAP, tooLarge }));
  if (text !== undefined) return text;
  throw new UsageError('Standard input is not text in UTF-8', {
    code: 'input_not_text',
    hint: 'Send pictures with -i; convert other text first, with iconv for example.',
  });
}
