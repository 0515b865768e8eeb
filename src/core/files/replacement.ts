import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Random } from '../ports.ts';
import { makeFolder } from './make-folder.ts';
import { flush, mayPass, patiently } from './patience.ts';
import { absent, type FileRef, storageError } from './storage-error.ts';

/** Bytes that are reserved before the new text is known: more than credentials take. */
const RESERVED_BYTES = 8192;

/**
 * The atomic replacement of a file of this program: a reader finds the old or the new text, never a
 * part. When `write` or `commit` throws StorageError with a code of {@link storageError}, the old text
 * is unchanged and the temporary file is deleted, unless only its rename failed in a way that may pass.
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
 * permission fails here, before the new text exists. Makes missing folders, mode 0700.
 * @param options.clock for the pauses before a call is repeated
 * @param options.onUnflushed is called when the file system cannot flush the file to the disk
 * @throws StorageError with a code of {@link storageError}
 */
export async function openReplacement(
  ref: FileRef,
  temporary: string,
  { clock, onUnflushed }: { clock?: Clock | undefined; onUnflushed?: () => void } = {},
): Promise<Replacement> {
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
    handle = await patiently(() => open(temporary, 'wx', 0o600), temporary, clock);
    await writeFromStart(handle, Buffer.alloc(RESERVED_BYTES, ' '));
  });

  return {
    discard,
    write: (text) =>
      attempt(async () => {
        if (!handle) return;
        const bytes = Buffer.from(text);
        // Overwrites the reserved spaces, then truncates. After a kill the file is complete JSON or
        // does not parse.
        await writeFromStart(handle, bytes);
        await handle.truncate(bytes.length);
      }),
    async commit() {
      await attempt(async () => {
        if (handle && !(await flush(handle))) onUnflushed?.();
        await handle?.close();
      });
      try {
        await patiently(() => rename(temporary, path), path, clock);
      } catch (error) {
        // The next command can still rename it, and it may hold the only copy of a token.
        if (!mayPass(error)) await discard();
        throw storageError('write', ref, error);
      }
      await flushFolder(dirname(path));
    },
  };
}

/**
 * Replaces the whole text of a file of this program, mode 0600.
 * @param follow preserves a symbolic link and replaces the file that it points to
 * @throws StorageError with a code of {@link storageError}; the old text is then unchanged
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

async function writeFromStart(handle: FileHandle, bytes: Buffer): Promise<void> {
  await writeAll(bytes, (rest, offset) => handle.write(rest, 0, rest.length, offset));
}

/**
 * Calls `write` with the rest of the bytes until all are written: one `write(2)` may write only a
 * part, for example when the disk fills up.
 * @param write gets the rest and its offset in `bytes`
 * @throws the errors of `write`
 */
export async function writeAll(
  bytes: Buffer,
  write: (rest: Buffer, offset: number) => Promise<{ bytesWritten: number }>,
): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    offset += (await write(bytes.subarray(offset), offset)).bytesWritten;
  }
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

/** So that the rename is not lost at a power failure. Some file systems cannot sync a folder. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await flush(handle).catch(() => false);
  await handle.close();
}
