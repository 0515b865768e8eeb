import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import { errno, storageError } from './storage-error.ts';

/** No file of ours is larger. */
const SIZE_CAP = 1024 * 1024;

export interface RegularFile {
  text: string;
  stat: BigIntStats;
}

/**
 * Reads a small file that must be a regular one, not a link to it; undefined when there is none.
 * `inspect` sees the open file first, so that what is judged is what is read.
 * @throws StorageError
 */
export async function readRegularFile(
  path: string,
  inspect?: (handle: FileHandle, stat: BigIntStats) => Promise<void>,
): Promise<RegularFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await openWithoutSurprise(path);
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw storageError('read', path, error);
  }
  try {
    const stat = await handle.stat({ bigint: true });
    refuseOddities(path, stat);
    await inspect?.(handle, stat);
    return { text: await handle.readFile('utf8'), stat };
  } catch (error) {
    throw error instanceof StorageError ? error : storageError('read', path, error);
  } finally {
    await handle.close();
  }
}

/** Follows no link, and does not wait at a FIFO for somebody to write into it. */
async function openWithoutSurprise(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  // Windows has neither flag.
  if (O_NOFOLLOW === undefined) {
    const link = (await lstat(path)).isSymbolicLink();
    if (link) throw Object.assign(new Error('symbolic link'), { code: 'ELOOP' });
    return open(path, O_RDONLY);
  }
  return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

/** @throws StorageError unless it is a regular file of sensible size */
export function refuseOddities(path: string, stat: BigIntStats): void {
  const odd = (code: string, what: string) =>
    new StorageError(`${path} is ${what}`, {
      code,
      hint: 'Move it away, or name another file with --credentials.',
    });
  if (stat.isSymbolicLink()) throw odd('symlink', 'a symbolic link');
  if (stat.isDirectory()) throw odd('not_a_file', 'a folder, not a file');
  if (!stat.isFile()) throw odd('not_a_file', 'not a regular file');
  if (stat.size > SIZE_CAP) throw odd('too_large', 'larger than any file of ours');
}
