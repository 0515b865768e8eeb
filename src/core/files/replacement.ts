import { type BigIntStats, constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError } from '../errors.ts';
import { deleteLeftovers, temporaryPath, type Writer } from './leftover.ts';
import { makeFolder } from './make-folder.ts';
import { requireRegular } from './own-file.ts';
import { type Files, flush, patientFiles, type Pauses } from './patience.ts';
import { absent, errno, type FileNotice, type FileRef, storageError } from './storage-error.ts';

/** Bytes that are reserved before the new text is known: more than credentials take. */
const RESERVED_BYTES = 8192;

/**
 * The atomic replacement of a file of this program: a reader finds the old or the new text, never a
 * part. `write` and `commit` throw StorageError with a code of {@link storageError}; the old text is
 * then unchanged, and the temporary file stays until `discard`: it may be the only copy.
 */
export interface Replacement {
  /** Writes the new text to the temporary file, flushed to the disk. Can be called once. */
  write(text: string): Promise<void>;
  /** Puts the temporary file in the place of the old one, see {@link putInPlace}. */
  commit(): Promise<void>;
  /** Deletes the temporary file. Never throws. */
  discard(): Promise<void>;
}

/** The file to replace. */
export interface ReplacedFile extends FileRef {
  clock: Pauses;
  /** Is called when the file system cannot flush the file to the disk. */
  onNotice?: ((notice: FileNotice) => void) | undefined;
}

/**
 * Opens `temporary`, mode 0600, and reserves space in it: a full disk or a folder without write
 * permission fails here, before the new text exists. Makes missing folders, mode 0700.
 * @throws StorageError `symlink` or `not_a_file` for what is not a regular file, or a code of
 *   {@link storageError}
 */
export async function openReplacement(
  replaced: ReplacedFile,
  temporary: string,
): Promise<Replacement> {
  const { path, clock, onNotice } = replaced;
  const files = patientFiles(clock);
  let handle: fs.FileHandle | undefined;
  let written = '';

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      throw error instanceof StorageError ? error : storageError('write', replaced, error);
    }
  }

  async function discard(): Promise<void> {
    // What could not be opened is not ours.
    if (!handle) return;
    await handle.close().catch(() => {});
    await files.rm(temporary, { force: true }).catch(() => {});
  }

  try {
    await attempt(async () => {
      await makeFolder(files, dirname(path), 0o700);
      const stat: BigIntStats | undefined = await files.lstat(path, { bigint: true }).catch(absent);
      if (stat) requireRegular({ ...replaced, cap: Infinity }, stat);
      handle = await files.open(temporary, 'wx', 0o600);
      await writeFromStart(handle, Buffer.alloc(RESERVED_BYTES, ' '));
    });
  } catch (error) {
    await discard();
    throw error;
  }

  return {
    discard,
    write: (text) =>
      attempt(async () => {
        if (!handle) return;
        written = text;
        let flushed = false;
        try {
          const bytes = Buffer.from(text);
          // Overwrites the reserved spaces, then truncates. After a kill the file is complete JSON or
          // does not parse.
          await writeFromStart(handle, bytes);
          await handle.truncate(bytes.length);
          flushed = await flush(handle);
        } finally {
          await handle.close().catch(() => (flushed = false));
        }
        if (!flushed) onNotice?.(notFlushed(path));
      }),
    commit: () => attempt(() => putInPlace(files, temporary, path, written)),
  };
}

/** How a mounted file answers a rename over it, and some containers that confine programs. */
const NO_RENAME: ReadonlySet<string | undefined> = new Set(['EBUSY', 'EXDEV', 'EPERM', 'EACCES']);

/**
 * Replaces a file by a rename. One that is mounted into a container cannot be renamed over: it is
 * overwritten, and the temporary file stays until that is flushed. A reader may find a part of `text`.
 * @throws the error of the operating system for the rename
 */
export async function putInPlace(
  files: Files,
  temporary: string,
  path: string,
  text: string,
): Promise<void> {
  try {
    await files.rename(temporary, path);
  } catch (error) {
    if (!NO_RENAME.has(errno(error)) || !(await overwrite(files, path, text))) throw error;
    await files.rm(temporary, { force: true }).catch(() => {});
  }
  await flushFolder(dirname(path));
}

/** Resolves to whether the file was there, and has the text now. */
async function overwrite(files: Files, path: string, text: string): Promise<boolean> {
  // Windows has no O_NOFOLLOW.
  const { O_RDWR = 2, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;
  let handle: fs.FileHandle | undefined;
  try {
    handle = await files.open(path, O_RDWR | O_NOFOLLOW);
    const bytes = Buffer.from(text);
    const { size } = await handle.stat();
    const spaces = Buffer.alloc(Math.max(0, size - bytes.length), ' ');
    // In one write, so that what a reader finds between the two calls is JSON.
    await writeFromStart(handle, Buffer.concat([bytes, spaces]));
    await handle.truncate(bytes.length);
    await flush(handle);
    return true;
  } catch {
    return false;
  } finally {
    await handle?.close().catch(() => {});
  }
}

/**
 * Replaces the whole text of a file of this program, mode 0600.
 * @throws the errors of {@link openReplacement}; the old text is then unchanged
 */
export async function replaceOwnFile(
  replaced: ReplacedFile,
  text: string,
  writer: Writer,
): Promise<void> {
  const file = await prepareOwnFile(replaced, writer);
  try {
    await file.write(text);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/**
 * The first step of {@link replaceOwnFile}, with its parameters and its errors. Deletes what killed
 * processes left of earlier ones.
 */
export async function prepareOwnFile(replaced: ReplacedFile, writer: Writer): Promise<Replacement> {
  const { path, clock } = replaced;
  const replacement = await openReplacement(replaced, await temporaryPath(path, writer));
  await deleteLeftovers(patientFiles(clock), path, writer.self);
  return replacement;
}

/** The notice `not_flushed`. */
export function notFlushed(path: string): FileNotice {
  return {
    code: 'not_flushed',
    message: `The file system of ${path} cannot flush it to the disk: a power failure may lose it.`,
  };
}

async function writeFromStart(handle: fs.FileHandle, bytes: Buffer): Promise<void> {
  await writeAll(bytes, (rest, offset) => handle.write(rest, 0, rest.length, offset));
}

/**
 * Calls `write` with the rest of the bytes and its offset until all are written: one `write(2)` may
 * write only a part, for example when the disk fills up. @throws the errors of `write`
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
export async function writeNew(
  files: Files,
  path: string,
  text: string,
  mode = 0o600,
): Promise<void> {
  const handle = await files.open(path, 'wx', mode);
  try {
    await writeFromStart(handle, Buffer.from(text));
  } catch (error) {
    await files.rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Creates a file that must not exist yet, by a link to a complete one. Some file systems have no links:
 * FAT, some network and phone storage, DrvFs of WSL. There it is empty for a moment.
 * @param from a file with this text
 * @throws the error of the operating system, `EEXIST` and `ENOENT` among others
 */
export async function linkNew(
  files: Files,
  from: string,
  path: string,
  text: string,
): Promise<void> {
  try {
    await files.link(from, path);
  } catch (error) {
    if (errno(error) === 'EEXIST' || errno(error) === 'ENOENT') throw error;
    await writeNew(files, path, text);
  }
}

/** So that the rename is not lost at a power failure. Some file systems cannot sync a folder. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}
