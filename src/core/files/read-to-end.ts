import { StorageError } from '../errors.ts';
import { reasonOf } from './storage-error.ts';

/** The part of a stream of bytes that is used here. */
export type ByteStream = AsyncIterable<unknown> & { destroy(): unknown };

/**
 * Reads a stream of Buffers to its end. An abort destroys the stream and ends the reading at once.
 * @param cap in bytes
 * @throws `tooLarge()` over the cap; the signal's reason; an error of the stream
 */
export async function readToEnd(
  stream: ByteStream,
  signal: AbortSignal,
  { cap, tooLarge }: { cap: number; tooLarge: () => Error },
): Promise<Buffer> {
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const parts: Buffer[] = [];
  let size = 0;
  try {
    signal.throwIfAborted();
    for await (const part of stream as AsyncIterable<Buffer>) {
      size += part.byteLength;
      if (size > cap) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    stream.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(parts);
}

/**
 * Reads standard input to its end, as {@link readToEnd} does.
 * @throws StorageError `stdin_unreadable` when it is open for writing only, for example
 */
export async function readStandardInput(
  ...[stdin, signal, limit]: Parameters<typeof readToEnd>
): Promise<Buffer> {
  try {
    return await readToEnd(stdin, signal, limit);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new StorageError(`Cannot read standard input: ${reasonOf(error)}`, {
      code: 'stdin_unreadable',
      hint: 'Redirect it from a file that can be read.',
      cause: error,
    });
  }
}

/** Whether a path names standard input, which no process may open again when it is a socket. */
export function isStdin(path: string): boolean {
  return /^(-|\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/.test(path);
}
