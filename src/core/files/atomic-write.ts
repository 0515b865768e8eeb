import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageError } from './storage-error.ts';

/** Bytes set aside for what is to be written: more than credentials ever take. */
const RESERVE = 8192;

/**
 * A file about to be replaced at one stroke: whatever happens, the old or the new text is there,
 * whole. Every method throws StorageError, and then the old text is untouched and nothing is left.
 */
export interface Replacement {
  /** Writes the new text down beside the old one. */
  write(text: string): Promise<void>;
  /** Puts it in place, flushed to the disk. */
  commit(): Promise<void>;
  /** Takes it away. Never throws. */
  discard(): Promise<void>;
}

/**
 * Opens `temporary`, for its owner only, with room for the new text: a full disk or a folder that
 * cannot be written in is found out before the text is there. Missing folders are made.
 * @throws StorageError
 */
export async function openReplacement(path: string, temporary: string): Promise<Replacement> {
  let handle: FileHandle | undefined;

  async function discard(): Promise<void> {
    await handle?.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
  }

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      await discard();
      throw storageError('write', path, error);
    }
  }

  await attempt(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    handle = await open(temporary, 'wx', 0o600);
    await writeAll(handle, ' '.repeat(RESERVE));
  });

  return {
    discard,
    write: (text) =>
      attempt(async () => {
        // Over the spaces, then cut: at every moment JSON or what is plainly not.
        if (handle) await handle.truncate(await writeAll(handle, text));
      }),
    async commit() {
      await attempt(async () => {
        await handle?.sync();
        await handle?.close();
        await rename(temporary, path);
      });
      await flushFolder(dirname(path));
    },
  };
}

/** From the beginning; one write may do a part of it only. Resolves to the number of bytes. */
async function writeAll(handle: FileHandle, text: string): Promise<number> {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, done);
    done += bytesWritten;
  }
  return done;
}

/** Creates a file that must not be there yet, mode 0600; what is half written is taken away. */
export async function writeNew(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
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
