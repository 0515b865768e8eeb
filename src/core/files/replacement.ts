import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '../ports.ts';
import { makeFolder } from './make-folder.ts';
import { absent, type FileRef, storageError } from './storage-error.ts';

/** Bytes that are reserved before the new text is known: credentials never take more. */
const RESERVE = 8192;

/**
 * A file of this program that is about to be replaced atomically: a reader finds the old or the new
 * text, never a part. Every method throws StorageError; then the old text is untouched and the
 * temporary file is deleted.
 */
export interface Replacement {
  /** Writes the new text to the temporary file. */
  write(text: string): Promise<void>;
  /** Renames the temporary file to its final name, flushed to the disk. */
  commit(): Promise<void>;
  /** Deletes the temporary file. Never throws. */
  discard(): Promise<void>;
}

/**
 * Opens `temporary`, mode 0600, and reserves space in it: a full disk or a folder without write
 * permission shows before the new text exists. Makes missing folders, mode 0700.
 * @throws StorageError (see `storageError`)
 */
export async function openReplacement(ref: FileRef, temporary: string): Promise<Replacement> {
  const { path } = ref;
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
      throw storageError('write', ref, error);
    }
  }

  await attempt(async () => {
    await makeFolder(dirname(path), 0o700);
    handle = await open(temporary, 'wx', 0o600);
    await writeAll(handle, ' '.repeat(RESERVE));
  });

  return {
    discard,
    write: (text) =>
      attempt(async () => {
        // Over the spaces, then cut: at every moment it is JSON, or obviously not.
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

/**
 * Replaces the whole text of a file of this program, mode 0600.
 * @param follow keeps a symbolic link and replaces the file that it leads to
 * @throws StorageError (see `storageError`); then the old text is untouched
 */
export async function replaceOwnFile(
  ref: FileRef & { follow?: boolean },
  text: string,
  random: Random,
): Promise<void> {
  const { setting, follow = false } = ref;
  const real = follow ? await realpath(ref.path).catch(absent) : undefined;
  const path = real ?? ref.path;
  const file = await openReplacement({ path, setting }, `${path}.${random.uuid()}.tmp`);
  await file.write(text);
  await file.commit();
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

/**
 * Creates a file that must not exist yet, mode 0600. Deletes it again if the text cannot be written.
 * @throws the error of the operating system, `EEXIST` among others
 */
export async function writeNew(path: string, text: string, mode = 0o600): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(text);
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
}

/** Lets the rename survive a power cut. Some file systems cannot sync a folder: ignore that. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => {});
  await handle.close();
}
