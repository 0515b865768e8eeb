import type { Terminal } from './terminal.ts';
import { wrapFor } from './wrap.ts';

/**
 * Asks at the terminal for a text that is not shown. The keys are those of `node:readline`.
 * Resolves to undefined for Ctrl-C and when the terminal goes away, and to '' for Ctrl-D on an
 * empty line. The terminal leaves raw mode however the prompt ends.
 * @throws the reason of the signal, or the error of the stream
 */
export async function promptSecret(
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { createInterface } = await import('node:readline');
  signal.throwIfAborted();
  let close = () => {};
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      const cancel = () => resolve(undefined);
      // Registered before the listener of readline, which submits an unfinished line.
      stdin.once('end', cancel).once('error', reject);
      signal.addEventListener('abort', abort, { once: true });
      // Without an output nothing is echoed. Raw mode begins before the question is shown, because
      // the user may type at once.
      const lines = createInterface({ input: stdin, terminal: true, historySize: 0 });
      lines
        .once('line', resolve)
        .once('SIGINT', cancel)
        // readline reports an error of its input as its own too.
        .on('error', reject)
        .once('close', () => resolve(''));
      close = () => {
        lines.close();
        stdin.off('end', cancel).off('error', reject);
        signal.removeEventListener('abort', abort);
      };
      stderr.write(wrapFor(stderr, question));
    });
  } finally {
    close();
    stderr.write('\n');
  }
}
