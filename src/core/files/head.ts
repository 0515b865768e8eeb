import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The beginning of a file. */
export interface FileHead {
  bytes: Buffer;
  /** Size of the whole file in bytes. */
  size: number;
}

/**
 * The first bytes of a regular file, all if it has no more than `most`. A FIFO or a device is not
 * read, and does not block.
 * @returns undefined for all that cannot be read or is no regular file
 */
export async function readHead(path: string, most: number): Promise<FileHead | undefined> {
  const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;
  let file: FileHandle | undefined;
  try {
    file = await open(path, (O_RDONLY ?? 0) | O_NONBLOCK | O_NOCTTY);
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const bytes = await readUpTo(file, Math.min(most, stat.size));
    return { bytes, size: stat.size };
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

async function readUpTo(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(most);
  let size = 0;
  while (size < most) {
    const { bytesRead } = await file.read(buffer, size, most - size, size);
    if (bytesRead === 0) break;
    size += bytesRead;
  }
  return buffer.subarray(0, size);
}
