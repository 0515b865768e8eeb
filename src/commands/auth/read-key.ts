import { Interrupted, UsageError } from '../../core/errors.ts';
import { readToEnd } from '../../core/files/read-to-end.ts';
import { VISIBLE_ASCII } from '../../core/http/bearer.ts';
import { decode } from '../../core/files/text.ts';
import { promptSecret } from '../../terminal/secret-prompt.ts';
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
    : decode(await readToEnd(stdin, signal, { cap: KEY_CAP, tooLarge }));
  if (typed === undefined) throw new Interrupted('SIGINT');
  return requireKey(typed.trim());
}

const tooLarge = () => invalid('Standard input is too long to be an API key', []);

function requireKey(key: string): string {
  if (key === '') {
    throw invalid('There is no API key on standard input', [
      'Type it at the prompt, or pipe it in:',
      '  qwen-demo auth login --with-api-key < key.txt',
    ]);
  }
  if (VISIBLE_ASCII.test(key)) return key;
  throw invalid('What came on standard input is not an API key', [
    'A key is one word of visible ASCII characters: look for spaces, line breaks and typographic quotes.',
  ]);
}

function invalid(message: string, hint: readonly string[]): UsageError {
  return new UsageError(message, {
    code: 'invalid_api_key',
    ...(hint.length > 0 && { hint: hint.join('\n') }),
  });
}
