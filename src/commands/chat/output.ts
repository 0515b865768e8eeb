import { createWriter } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';

/** Where an answer ends up. */
export interface Sink {
  /** Returns a promise while the reader is slow; await it before writing more. */
  write(text: string): void | Promise<void>;
  /** The last call. `complete` tells whether the whole answer was written and is what was wanted. */
  end(complete: boolean): Promise<void>;
}

/** Standard output, as the text comes or all at once. */
export function stdoutSink({ terminal, signal }: Context, { whole }: { whole: boolean }): Sink {
  const writer = createWriter(terminal.stdout, { signal });
  const held: string[] = [];
  return {
    write: (text) => (whole ? void held.push(text) : writer.write(text)),
    async end() {
      await writer.write(held.join(''));
      await writer.flush();
    },
  };
}

/**
 * A file that is replaced at one stroke by a complete answer, and never by less: what arrived of
 * another is put into `FILE.partial`.
 * @throws StorageError when it cannot be written to
 */
export async function openFileSink(context: Context, path: string): Promise<Sink> {
  const { prepareToWrite, writeUserFile } = await import('../../core/files/user-output.ts');
  await prepareToWrite(path);
  const parts: string[] = [];
  return {
    write: (text) => void parts.push(text),
    async end(complete) {
      const text = parts.join('');
      if (complete) return writeUserFile(path, text, context);
      if (text === '') return undefined;
      const partial = `${path}.partial`;
      // The failure of the answer itself is about to be told, and matters more.
      await writeUserFile(partial, text, context).then(
        () => notice(context, `What had arrived is in ${partial}`),
        () => {},
      );
    },
  };
}
