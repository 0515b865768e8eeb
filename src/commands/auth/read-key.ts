import { Interrupted, UsageError } from '../../core/errors.ts';
import { promptSecret } from '../../terminal/secret-prompt.ts';
import type { InputStream } from '../../terminal/terminal.ts';
import type { Context } from '../context.ts';

/** No key is longer, in bytes: a whole file that is given by mistake is no key. */
const KEY_CAP = 8192;

/**
 * An API key from standard input: typed at a hidden prompt, or piped in.
 * @param host for the prompt: who will get the key
 * @throws UsageError `invalid_api_key`, never with the key; `Interrupted` at Ctrl-C
 */
export async function readKey({ terminal, signal }: Context, host: string): Promise<string> {
  const { stdin } = terminal;
  const typed = stdin.isTTY
    ? await promptSecret(terminal, `API key for ${host} (not shown): `, signal)
    : await readAll(stdin, signal);
  if (typed === undefined) throw new Interrupted('SIGINT');
  return requireKey(typed.trim());
}

function requireKey(key: string): string {
  if (key === '') {
    throw invalid('There is no API key on standard input', [
      'Type it at the prompt, or pipe it in:',
      '  qwen-demo auth login --with-api-key < key.txt',
    ]);
  }
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw invalid('What came on standard input is not an API key', [
    'A key is one word of visible ASCII characters: look for spaces, line breaks and typographic quotes.',
  ]);
}

async function readAll(stdin: InputStream, signal: AbortSignal): Promise<string> {
  const stop = () => stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of stdin as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > KEY_CAP) throw invalid('Standard input is too long to be an API key', []);
      parts.push(part);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(parts).toString('utf8');
}

function invalid(message: string, hint: readonly string[]): UsageError {
  return new UsageError(message, {
    code: 'invalid_api_key',
    ...(hint.length > 0 && { hint: hint.join('\n') }),
  });
}
