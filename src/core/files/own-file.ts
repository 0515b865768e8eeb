import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import type { ThisProcess } from './owner.ts';
import { absent, nameAnother, type FileRef, storageError, symbolicLink } from './storage-error.ts';
import { decode } from './text.ts';

/** Bytes: the files of this program are smaller. Journals have a cap of their own. */
const SIZE_CAP = 2 ** 20;
/** Bytes: all of most of our files. */
const READ_SIZE = 2 ** 16;

/** A file of this program as it was when it was read. */
export interface OwnFile {
  /** Without a byte order mark. */
  text: string;
  stat: BigIntStats;
}

/** Examines an open file before it is used. @throws StorageError to refuse it */
export type Inspect = (handle: FileHandle, stat: BigIntStats) => Promise<void> | void;

/** The path of a file of this program, and what is accepted there. */
export interface OwnFileOptions extends FileRef {
  /** Whether a symbolic link is followed. Default: it is refused with `symlink`. */
  follow?: boolean;
  /** Largest size in bytes. Default: 1 MiB. */
  cap?: number;
  inspect?: Inspect | undefined;
}

/**
 * Reads a file of this program; undefined when there is none. It must be a regular file.
 * @throws StorageError `symlink`, `not_a_file`, `too_large`, or by the reason of the operating
 *   system (see `storageError`); what `inspect` throws
 */
export async function readOwnFile(options: OwnFileOptions): Promise<OwnFile | undefined> {
  const opened = await openOwnFile(options, constants.O_RDONLY, 'read');
  if (!opened) return undefined;
  const { handle, stat } = opened;
  try {
    return { text: decode(await readUpTo(options, handle)), stat };
  } catch (error) {
    throw storageError('read', options, error);
  } finally {
    await handle.close();
  }
}

/** The size in `stat` is not the whole truth: a file may grow, and those of /proc have size 0. */
async function readUpTo(options: OwnFileOptions, handle: FileHandle): Promise<Buffer> {
  const { cap = SIZE_CAP } = options;
  const parts: Buffer[] = [];
  for (let size = 0; size <= cap;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_SIZE));
    if (bytesRead === 0) return Buffer.concat(parts);
    parts.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  throw tooLarge(options);
}

/**
 * Opens a regular file of this program; undefined when there is none. The checks are made on the
 * open file, so that the file that is checked is the file that is used.
 * @param flags of `open(2)`
 * @param action for messages: "read", "write to"
 * @throws the errors of {@link readOwnFile}
 */
export async function openOwnFile(
  options: OwnFileOptions,
  flags: number,
  action: string,
): Promise<{ handle: FileHandle; stat: BigIntStats } | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await openUnblocked(options, flags, action);
    if (!handle) return undefined;
    const stat = await handle.stat({ bigint: true });
    requireRegular(options, stat);
    await options.inspect?.(handle, stat);
    return { handle, stat };
  } catch (error) {
    await handle?.close();
    throw error instanceof StorageError ? error : storageError(action, options, error);
  }
}

/** O_NONBLOCK: without it, the `open` of a FIFO waits until another process opens it for writing. */
async function openUnblocked(
  options: OwnFileOptions,
  flags: number,
  action: string,
): Promise<FileHandle | undefined> {
  const { path, follow = false } = options;
  // Windows has neither flag.
  const { O_NOFOLLOW, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  if (follow) return open(path, flags | O_NONBLOCK).catch(absent);
  if (O_NOFOLLOW === undefined && (await isLink(path))) throw symbolicLink(action, options);
  try {
    return await open(path, flags | O_NONBLOCK | (O_NOFOLLOW ?? 0)).catch(absent);
  } catch (error) {
    // ELOOP is also the answer where links in the folders of the path form a loop.
    throw (await isLink(path)) ? symbolicLink(action, options) : error;
  }
}

async function isLink(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => undefined);
  return stat?.isSymbolicLink() === true;
}

/** @throws StorageError unless it is a regular file of at most `cap` bytes */
export function requireRegular(
  options: Pick<OwnFileOptions, 'path' | 'setting' | 'cap'>,
  stat: BigIntStats,
): void {
  const { path, setting, cap = SIZE_CAP } = options;
  const refusal = (code: string, what: string) =>
    new StorageError(`${path} is ${what}`, {
      code,
      hint: `Move it away, or ${nameAnother(setting)}.`,
    });
  if (stat.isSymbolicLink()) throw symbolicLink('replace', options);
  if (stat.isDirectory()) throw refusal('not_a_file', 'a folder, not a file');
  if (!stat.isFile()) throw refusal('not_a_file', 'not a regular file');
  if (stat.size > cap) throw tooLarge(options);
}

function tooLarge({ path, setting, cap = SIZE_CAP }: OwnFileOptions): StorageError {
  return new StorageError(`${path} is larger than ${cap / 2 ** 20} MiB`, {
    code: 'too_large',
    hint: `Move it away, or ${nameAnother(setting)}.`,
  });
}

/** The permissions in octal, such as `0644`, when they let other users in. */
export function looseMode(self: ThisProcess, stat: BigIntStats): string | undefined {
  if (self.platform === 'win32' || (stat.mode & 0o077n) === 0n) return undefined;
  return modeOf(stat);
}

/** Permissions in octal: `0600`. */
export function modeOf(stat: BigIntStats): string {
  return (stat.mode & 0o777n).toString(8).padStart(4, '0');
}

/** @throws StorageError `foreign_owner` when the file belongs to another user */
export function requireOwner(
  { path, setting }: FileRef,
  self: ThisProcess,
  stat: BigIntStats,
): void {
  const uid = self.getuid?.();
  if (uid === undefined || stat.uid === BigInt(uid)) return;
  throw new StorageError(`${path} belongs to another user (uid ${stat.uid}, you are ${uid})`, {
    code: 'foreign_owner',
    hint: `Run as that user, or name a ${setting.sets} of your own with ${setting.name}.`,
  });
}
