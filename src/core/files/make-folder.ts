import { dirname } from 'node:path';
import type { Files } from './patience.ts';
import { errno } from './storage-error.ts';

/**
 * Makes a folder and its parents; no error if it exists. `mkdir` with `recursive` is not used, because
 * it never ends where an existing folder returns ENOENT, as /proc does: measured on Node 20, 22, 24
 * and 26.
 * @param mode permissions of each new folder. Default: 0777, less the umask.
 * @throws the error of the operating system, such as `EACCES`
 */
export async function makeFolder(
  files: Pick<Files, 'mkdir' | 'stat'>,
  path: string,
  mode?: number,
): Promise<void> {
  try {
    await makeOne(files, path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (errno(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(files, parent, mode);
    await makeOne(files, path, mode);
  }
}

async function makeOne(
  files: Pick<Files, 'mkdir' | 'stat'>,
  path: string,
  mode: number | undefined,
): Promise<void> {
  try {
    await files.mkdir(path, { mode });
  } catch (error) {
    if (errno(error) === 'ENOENT') throw error;
    const known = await files.stat(path).catch(() => undefined);
    if (!known?.isDirectory()) throw error;
  }
}
