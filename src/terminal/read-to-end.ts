import type { InputStream } from './terminal.ts';

/**
 * A stream to its end. An abort ends the reading at once.
 * @param cap in bytes
 * @throws `tooLarge()` over the cap; the signal's reason
 */
export async function readToEnd(
  stdin: InputStream,
  signal: AbortSignal,
  { cap, tooLarge }: { cap: number; tooLarge: () => Error },
): Promise<Buffer> {
  const stop = () => stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of stdin as AsyncIterable<Buffer>) {
      size += part.byteLength;
      if (size > cap) throw tooLarge();
      parts.push(part);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(parts);
}
