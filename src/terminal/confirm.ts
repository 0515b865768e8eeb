import { createInterface } from 'node:readline';
import type { Terminal } from './terminal.ts';

/**
 * Asks a question on stderr that is answered with yes or no and Enter. Anything but `y` and `yes`, also
 * the end of the input, is no.
 * @throws the reason of the signal
 */
export async function confirm(
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  // Not as a terminal: the kernel edits the line, and Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  stderr.write(`${question} [y/N] `);
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      lines.once('line', (line) => resolve(/^\s*y(es)?\s*$/i.test(line)));
      lines.once('close', () => resolve(false));
    });
  } finally {
    lines.close();
  }
}
