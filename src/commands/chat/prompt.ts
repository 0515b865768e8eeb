import { fstatSync } from 'node:fs';
import { UsageError } from '../../core/errors.ts';
import { readToEnd } from '../../core/files/read-to-end.ts';
import { textOf } from '../../core/files/text.ts';
import type { Clock } from '../../core/ports.ts';
import type { InputStream } from '../../terminal/terminal.ts';

/** What a prompt from standard input may hold, in bytes. */
const PROMPT_CAP = 16 * 1024 * 1024;

/**
 * How long a standard input that nobody asked for may stay silent, in ms. A pipe was made by a
 * shell, so somebody probably writes; a socket was inherited from a program that started us and
 * has had the whole start-up to write.
 */
const PATIENCE = { pipe: 3000, other: 50 };

type StandardInput = InputStream & { fd?: number };

export interface PromptInput {
  /** `-p`; `-` stands for standard input. */
  flag: string | undefined;
  /** Undefined when it was read for something else. */
  stdin: StandardInput | undefined;
  /** Whether there is something to ask without a prompt too: then it may be ''. */
  optional?: boolean;
  clock: Clock;
  signal: AbortSignal;
  /** Told that a silent standard input was left alone. */
  onSilence: () => void;
}

/**
 * The prompt: `-p`, or standard input when there is no `-p` or it is `-`, or both, the flag first.
 * A standard input that is inherited but never written to does not hold up what can go without it.
 * @throws UsageError when there is no prompt, or it is too large
 */
export async function readPrompt(input: PromptInput): Promise<string> {
  const { flag, stdin } = input;
  const parts = [flag === '-' ? undefined : flag, stdin && (await fromStdin(input, stdin))];
  const prompt = parts
    .map((part) => part?.trimEnd() ?? '')
    .filter((part) => part.trim() !== '')
    .join('\n\n');
  if (prompt === '' && input.optional !== true) {
    throw new UsageError('There is no prompt', {
      code: 'no_prompt',
      hint: 'Give one with -p "...", or pipe it in: echo hello | qwen-demo chat',
    });
  }
  return prompt;
}

async function fromStdin(input: PromptInput, stdin: StandardInput): Promise<string | undefined> {
  const { flag, optional, signal } = input;
  if (flag === '-') return readAll(stdin, signal);
  if (stdin.isTTY === true) return undefined;
  const needed = flag === undefined && optional !== true;
  if (!needed && (await isSilent(input, stdin))) return undefined;
  return readAll(stdin, signal);
}

/** Waits for the first byte or the end, as long as this kind of standard input deserves. */
async function isSilent(input: PromptInput, stdin: StandardInput): Promise<boolean> {
  const { clock, signal, onSilence } = input;
  const kind = kindOf(stdin);
  if (kind === 'file') return false;
  const ready = new AbortController();
  const stop = () => ready.abort();
  stdin.once('readable', stop).once('end', stop).once('error', stop);
  try {
    await clock.sleep(PATIENCE[kind], AbortSignal.any([ready.signal, signal]));
    if (kind === 'pipe') onSilence();
    // Nobody reads it any more, so it must not keep the process alive.
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
    // /dev/null and the like answer at once.
    if (stat.isFile() || stat.isCharacterDevice()) return 'file';
    return stat.isFIFO() ? 'pipe' : 'other';
  } catch {
    return 'other';
  }
}

/**
 * Standard input to its end.
 * @throws UsageError when it is larger than 16 MiB or not text; the signal's reason
 */
export async function readAll(stdin: InputStream, signal: AbortSignal): Promise<string> {
  const tooLarge = () =>
    new UsageError('The prompt is larger than 16 MiB', { code: 'prompt_too_large' });
  const text = textOf(await readToEnd(stdin, signal, { cap: PROMPT_CAP, tooLarge }));
  if (text !== undefined) return text;
  throw new UsageError('Standard input is not text in UTF-8', {
    code: 'input_not_text',
    hint: 'Pictures go in with -i; convert other text first, with iconv for example.',
  });
}
