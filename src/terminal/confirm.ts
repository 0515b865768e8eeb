import { createInterface } from 'node:readline';
import type { Terminal } from './terminal.ts';
import { wrapFor } from './wrap.ts';

/** Whether somebody at a terminal can be asked. */
export function canAsk({ stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

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
  stderr.write(`${wrapFor(stderr, `${question} [y/N]`)} `);
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      lines.once('line', (line) => {
        lines.removeAllListeners('close');
        resolve(/^\s*y(es)?\s*$/i.test(line));
      });
      // Ctrl-D leaves the cursor behind the question.
      lines.once('close', () => {
        stderr.write('\n');
        resolve(false);
      });
    });
  } finally {
    lines.close();
  }
}
