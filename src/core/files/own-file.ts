import { type BigIntStats, constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import type { ThisProcess } from './owner.ts';
import { type Files, patientFiles, type Pauses } from './patience.ts';
import {
  absent,
  nameAnother,
  orOnlyRead,
  type FileRef,
  storageError,
  symbolicLink,
} from './storage-error.ts';
import { decode } from './text.ts';

/** Larger than any file of this program but a journal, which passes a cap of its own. */
const DEFAULT_MAX_BYTES = 2 ** 20;
/** Most files of this program take one read. */
const READ_BYTES = 2 ** 16;

/** A file of this program as it was when it was read. */
export interface OwnFile {
  /** Without a byte order mark. */
  text: string;
  stat: BigIntStats;
}

/**
 * Examines an open file before it is used.
 * @throws StorageError to refuse it: `foreign_owner` by {@link requireOwner}
 */
export type Inspect = (handle: FileHandle, stat: BigIntStats) => Promise<void> | void;

/** The path of a file of this program, and what is accepted there. */
export interface OwnFileOptions extends FileRef {
  /** Whether a symbolic link is followed. Default: it is refused with `symlink`. */
  follow?: boolean;
  /** Largest size in bytes. Default: 1 MiB. */
  cap?: number;
  inspect?: Inspect | undefined;
  clock: Pauses;
}

/**
 * Reads a file of this program; undefined when there is none. It must be a regular file.
 * @throws StorageError `symlink`, `not_a_file`, `too_large`, or a code of {@link storageError}; the
 *   errors of `inspect`
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
    await handle.close().catch(() => {});
  }
}

/** Do not rely on `stat.size`: a file may grow, and /proc files report 0. */
async function readUpTo(options: OwnFileOptions, handle: FileHandle): Promise<Buffer> {
  const { cap = DEFAULT_MAX_BYTES } = options;
  const parts: Buffer[] = [];
  for (let size = 0; size <= cap;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_BYTES));
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
    await handle?.close().catch(() => {});
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
  const files = patientFiles(options.clock);
  // Windows has neither flag.
  const { O_NOFOLLOW, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  if (follow) return files.open(path, flags | O_NONBLOCK).catch(absent);
  if (O_NOFOLLOW === undefined && (await isLink(files, path))) throw symbolicLink(action, options);
  try {
    const all = flags | O_NONBLOCK | (O_NOFOLLOW ?? 0);
    return await files.open(path, all).catch(absent);
  } catch (error) {
    // ELOOP is also the answer where links in the folders of the path form a loop.
    throw (await isLink(files, path)) ? symbolicLink(action, options) : error;
  }
}

async function isLink(files: Files, path: string): Promise<boolean> {
  const stat = await files.lstat(path).catch(() => undefined);
  return stat?.isSymbolicLink() === true;
}

/**
 * Refuses all but a regular file of at most `cap` bytes.
 * @throws StorageError `symlink`, `not_a_file`, `too_large`
 */
export function requireRegular(
  options: Pick<OwnFileOptions, 'path' | 'setting' | 'cap'>,
  stat: BigIntStats,
): void {
  const { path, setting, cap = DEFAULT_MAX_BYTES } = options;
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

function tooLarge({
  path,
  setting,
  cap = DEFAULT_MAX_BYTES,
}: Pick<OwnFileOptions, 'path' | 'setting' | 'cap'>): StorageError {
  return new StorageError(`${path} is larger than ${cap / 2 ** 20} MiB`, {
    code: 'too_large',
    hint: `Move it away, or ${nameAnother(setting)}.`,
  });
}

/** The permissions in octal, such as `0644`, if other users have any; else undefined. */
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
    hint:
      `Run as that user, or name a ${setting.sets} of your own with ${setting.name}.` +
      orOnlyRead(setting),
  });
}
