import { close, constants, fstat, open, read, readlink, realpath, stat, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StorageError, UsageError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { readToEnd } from './read-to-end.ts';
import { errno, reasonOf } from './storage-error.ts';
import { textOf } from './text.ts';

/** Bytes: the largest file that a user can name, where the caller has no smaller cap. */
export const USER_FILE_CAP = 16 * 2 ** 20;
const READ_BYTES = 2 ** 18;
/** Milliseconds between two reads of a device that has no data yet. */
const PAUSE_MS = 20;

/** How a file that the user named is read. */
export interface ReadOptions {
  /** For the pauses between two reads of a device that has no data yet. */
  clock: Pick<Clock, 'sleep'>;
  /** Ends the read, also while it waits for another process to write. */
  signal: AbortSignal;
  /** Largest size in bytes. Default: 16 MiB. */
  cap?: number;
}

/**
 * All bytes of a file that the user named; undefined when there is none. Links are followed, and it
 * may be a FIFO, a pipe such as `<(command)`, or a character device. Never blocks a thread, because
 * the process could not end while one is blocked.
 * @throws UsageError `not_a_file` for a folder, `file_too_large`; StorageError `file_not_read`; the
 *   signal's reason
 */
export async function findUserBytes(
  path: string,
  options: ReadOptions,
): Promise<Buffer | undefined> {
  const { signal } = options;
  signal.throwIfAborted();
  try {
    return await readPath(path, options);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError) throw error;
    // ENOTDIR: a file stands where the path has a folder, as in `notes.txt/`.
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
    throw new StorageError(`Cannot read ${path}: ${reasonOf(error)}`, {
      code: 'file_not_read',
      hint: 'Check its owner and permissions, or name another file.',
      cause: error,
    });
  }
}

/**
 * All bytes of a file that the user named and that must exist. See {@link findUserBytes}.
 * @throws UsageError `file_not_found`, `not_a_file`, `file_too_large`; StorageError `file_not_read`;
 *   the signal's reason
 */
export async function readUserBytes(path: string, options: ReadOptions): Promise<Buffer> {
  const bytes = await findUserBytes(path, options);
  if (bytes) return bytes;
  throw new UsageError(`Cannot read ${path}: no such file or directory`, {
    code: 'file_not_found',
    hint: 'Check the path: a relative one starts at the current folder.',
  });
}

/**
 * The text of a file that the user named, without a byte order mark; undefined when there is none.
 * @throws UsageError `not_text` if it is not UTF-8, `not_a_file`, `file_too_large`; StorageError
 *   `file_not_read`; the signal's reason
 */
export async function findUserText(
  path: string,
  options: ReadOptions,
): Promise<string | undefined> {
  const bytes = await findUserBytes(path, options);
  return bytes && requireText(path, bytes);
}

/**
 * The text of a file that the user named and that must exist. See {@link findUserText}.
 * @throws UsageError `file_not_found`, `not_text`, `not_a_file`, `file_too_large`; StorageError
 *   `file_not_read`; the signal's reason
 */
export async function readUserText(path: string, options: ReadOptions): Promise<string> {
  return requireText(path, await readUserBytes(path, options));
}

function requireText(path: string, bytes: Buffer): string {
  const text = textOf(bytes);
  if (text !== undefined) return text;
  throw new UsageError(`${path} is not text in UTF-8`, {
    code: 'not_text',
    hint: 'Convert it first, for example: iconv -f UTF-16 -t UTF-8',
  });
}

async function readPath(path: string, options: ReadOptions): Promise<Buffer> {
  const { cap = USER_FILE_CAP } = options;
  const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;
  const file = await promisify(open)(path, (O_RDONLY ?? 0) | O_NONBLOCK | O_NOCTTY);
  let about: Stats | undefined;
  try {
    about = await promisify(fstat)(file);
    if (about.isDirectory()) {
      throw new UsageError(`${path} is a folder, not a file`, { code: 'not_a_file' });
    }
    if (about.isFile() && about.size > cap) throw tooLarge(path, cap);
    if (!about.isFIFO()) return await readByPolling(file, path, options);
  } finally {
    if (!about?.isFIFO()) await promisify(close)(file);
  }
  return readPipe(file, path, options);
}

/** Maximum number of symbolic links that are followed to a file that does not exist yet, as on Linux. */
const MAX_LINKS = 40;

/**
 * The same text for every path of one file, and for no other file: of symbolic and hard links, and of
 * a file that does not exist yet. Undefined for what is not a file, such as `/dev/null` or a pipe,
 * which can be read and written in one run.
 * @param path absolute
 */
export async function fileIdentity(path: string, links = 0): Promise<string | undefined> {
  const known = await promisify(stat)(path).catch(() => undefined);
  if (known) return known.isFile() ? `${known.dev} ${known.ino}` : undefined;
  const target = await promisify(readlink)(path).catch(() => undefined);
  if (target !== undefined && links < MAX_LINKS) {
    return fileIdentity(resolve(dirname(path), target), links + 1);
  }
  return realPathOf(path);
}

/** The path of a file that need not exist, without the symbolic links of its folders. */
async function realPathOf(path: string): Promise<string> {
  const real = await promisify(realpath)(path).catch(() => undefined);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(await realPathOf(dirname(path)), basename(path));
}

/**
 * A read of a FIFO without a writer returns 0 bytes, like one at its end. Only the event loop can
 * distinguish them: Linux reports the end after a writer has opened and closed the FIFO. Measured on Node 20 to 26.
 */
async function readPipe(file: number, path: string, options: ReadOptions): Promise<Buffer> {
  const { signal, cap = USER_FILE_CAP } = options;
  const { Socket } = await import('node:net');
  const socket = new Socket({ fd: file, readable: true, writable: false });
  return readToEnd(socket, signal, { cap, tooLarge: () => tooLarge(path, cap) });
}

/** Files, terminals and other devices; also files of /proc that wait for data, such as kmsg. */
async function readByPolling(file: number, path: string, options: ReadOptions): Promise<Buffer> {
  const { clock, signal, cap = USER_FILE_CAP } = options;
  const parts: Buffer[] = [];
  let size = 0;
  while (size <= cap) {
    signal.throwIfAborted();
    const part = await readPart(file);
    if (part?.length === 0) return Buffer.concat(parts);
    if (part) {
      parts.push(part);
      size += part.length;
    } else {
      await clock.sleep(PAUSE_MS, signal);
    }
  }
  throw tooLarge(path, cap);
}

/** Undefined while there is no data, empty at the end. */
async function readPart(file: number): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  try {
    const { bytesRead } = await promisify(read)(file, buffer, 0, READ_BYTES, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (errno(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

function tooLarge(path: string, cap: number): UsageError {
  return new UsageError(`${path} is larger than ${Number((cap / 2 ** 20).toFixed(1))} MiB`, {
    code: 'file_too_large',
  });
}
