import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageError } from './storage-error.ts';

/**
 * Puts `text` in place of `path` at one stroke: a temporary file beside it, readable by its owner
 * only, flushed, then renamed. Missing folders are made, for the owner only.
 * @throws StorageError, and then `path` is untouched and the temporary file is gone
 */
export async function writeAtomically(path: string, temporary: string, text: string) {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeNew(temporary, text, true);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw storageError('write', path, error);
  }
  await flushFolder(folder);
}

/** Creates a file that must not be there yet, mode 0600; what is half written is taken away. */
export async function writeNew(path: string, text: string, flush: boolean): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    if (flush) await handle.sync();
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
}

/** Makes the rename survive a power cut. Not every system can: then it is as safe as it gets. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => {});
  await handle.close();
}
