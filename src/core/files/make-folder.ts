import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno } from './storage-error.ts';

/**
 * Makes a folder and those above it; no error when it is there. In place of `mkdir` with `recursive`,
 * which never ends where a folder that exists answers ENOENT, as /proc does: measured on Node 20, 22,
 * 24 and 26.
 * @param mode permissions of each folder that is made. Default: all that the umask leaves.
 * @throws the error of the operating system
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (errno(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent, mode);
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (errno(error) === 'ENOENT') throw error;
    const known = await stat(path).catch(() => undefined);
    if (!known?.isDirectory()) throw error;
  }
}
