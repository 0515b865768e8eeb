import { constants, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { access, type FileHandle, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { deleteLeftovers, temporaryPath, type Writer } from './leftover.ts';
import { makeFolder } from './make-folder.ts';
import { destinationOf, openDescriptor, redirectedTo, refuseFolder } from './open-output.ts';
import { patientFiles } from './patience.ts';
import { writeAll, writeNew } from './replacement.ts';
import { absent, errno, reasonOf } from './storage-error.ts';

/** Permissions of a new file before the umask applies. */
const DEFAULT_MODE = 0o666;
/** Milliseconds between two attempts to write to a FIFO, doubled up to 20. */
const [FIRST_PAUSE_MS, MAX_PAUSE_MS] = [1, 20]; // The latter also between two attempts to open one.
/** Milliseconds that the reader of a pipe still has after the signal is aborted. */
const ABORTED_WRITE_MS = 1000;

/** The buffers of a long text are not joined, which would take its size again. */
type Text = string | Iterable<Buffer>;

/** How a file that the user named is written. */
export interface WriteOptions {
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** Ends the wait for the reader of a FIFO. It does not stop the write to a file. */
  signal: AbortSignal;
}

/** How a file that the user named is replaced. */
export interface ReplaceOptions extends WriteOptions, Writer {
  /** Permissions of a file that is new. Default: 0666, less the umask. */
  mode?: number;
}

/**
 * Writes `text` to a file that the user named. Replaces a regular file atomically with the same
 * permissions and owner. Overwrites it where that is impossible (a folder without write permission, a
 * file that is a mount point) and where it has other names, hard links, which would keep the old text.
 * Follows a symbolic link and preserves it. Writes to a FIFO, a pipe such as `>(command)` and a device;
 * adds to an output that is open already, such as `/dev/stdout`.
 * @throws UsageError `not_a_file`; StorageError `file_not_written`; the signal's reason while no process reads the FIFO
 */
export async function writeUserFile(
  path: string,
  text: Text,
  options: ReplaceOptions,
): Promise<void> {
  await attempt(path, options.signal, async () => {
    const known = await stat(path).catch(absent);
    const target = await destinationOf(path);
    const descriptor = target.open ?? (known?.isFile() && (await redirectedTo(known)));
    if (typeof descriptor === 'number' && (known?.isFile() || known?.isSocket())) {
      // Opened again, a file has another position, which the shell does not know. A socket cannot be.
      return writeToReader(openDescriptor(descriptor), text, options);
    }
    if (known?.isFile() === false || target.open !== undefined) {
      return writeInto(path, text, constants.O_APPEND, options).catch((error: unknown) => {
        // The terminal of another user, after su: it is open, but cannot be opened.
        if (typeof descriptor !== 'number' || errno(error) !== 'EACCES') throw error;
        return writeToReader(openDescriptor(descriptor), text, options);
      });
    }
    if (known && known.nlink > 1) return writeInto(path, text, constants.O_TRUNC, options);
    try {
      await replace(target.path, text, known, options);
    } catch (error) {
      if (!known || !IN_PLACE.has(errno(error))) throw error;
      await writeInto(target.path, text, constants.O_TRUNC, options);
    }
  });
}

/**
 * Adds `text` to the end of a file that the user named, which need not exist.
 * @throws UsageError `not_a_file`; StorageError `file_not_written`; the signal's reason while no process reads the FIFO
 */
export async function appendToUserFile(
  path: string,
  text: Text,
  options: WriteOptions,
): Promise<void> {
  await attempt(path, options.signal, () =>
    writeInto(path, text, constants.O_APPEND | constants.O_CREAT, options),
  );
}

/**
 * Creates a file that the user named, or writes to a FIFO, a device or an output that is open already.
 * Resolves to false when there is another file.
 * @throws UsageError `not_a_file`; StorageError `file_not_written`; the signal's reason while no process reads the FIFO
 */
export async function createUserFile(
  path: string,
  text: string,
  options: ReplaceOptions,
): Promise<boolean> {
  await refuseFolder(path);
  const known = await stat(path).catch(() => undefined);
  if (known) {
    const { open } = await destinationOf(path);
    if (known.isFile() && open === undefined) return false;
    await writeUserFile(path, text, options);
    return true;
  }
  try {
    await writeNew(fs, path, text, DEFAULT_MODE);
    return true;
  } catch (error) {
    if (errno(error) === 'EEXIST') return false;
    throw notWritten(path, error);
  }
}

/**
 * Makes the folder of a file that is written later, and reports at once what would prevent that.
 * @throws UsageError `not_a_file`; StorageError `file_not_written`
 */
export async function prepareToWrite(path: string): Promise<void> {
  await refuseFolder(path);
  const folder = dirname(path);
  try {
    await makeFolder(fs, folder);
    const known = await stat(path).catch(() => undefined);
    const { open } = await destinationOf(path);
    if (open !== undefined && !known) throw new Error('EBADF: no such descriptor is open');
    const refusal = await access(path, constants.W_OK).catch((error: unknown) => error);
    if (known && (typeof open === 'number' || refusal === undefined)) return;
    await access(known && !known.isFile() ? path : folder, constants.W_OK);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** The folder refuses a new file, the owner cannot be preserved, or the file is a mount point. */
const IN_PLACE: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EBUSY',
  'EXDEV',
]);

async function replace(
  path: string,
  text: Text,
  known: Stats | undefined,
  { clock, mode = DEFAULT_MODE, ...writer }: ReplaceOptions,
): Promise<void> {
  // A known file is overwritten at once where it cannot be replaced.
  const files = known ? fs : patientFiles(clock);
  // A name has 255 bytes at most, and a character up to 4.
  const start = join(dirname(path), `.${Array.from(basename(path)).slice(0, 40).join('')}`);
  const temporary = await temporaryPath(start, writer);
  let isOpen = false;
  try {
    await using file = await files.open(temporary, 'wx', known ? 0o600 : mode);
    isOpen = true;
    await deleteLeftovers(files, start, writer.self);
    for (const bytes of buffersOf(text)) await writeAll(bytes, (rest) => file.write(rest));
    if (known) await keepOwnerAndMode(file, known);
    await files.rename(temporary, path);
  } catch (error) {
    if (isOpen) await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** @throws `EPERM` when the file belongs to another user or group and this process may not change that */
async function keepOwnerAndMode(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const ours = await file.stat();
  if (ours.uid !== uid || ours.gid !== gid) await file.chown(uid, gid);
  // After chown, which clears some bits.
  if (ours.mode !== mode) await file.chmod(mode & 0o7777);
}

/** @param flags of `open(2)`, besides those for writing without blocking */
async function writeInto(
  path: string,
  text: Text,
  flags: number,
  options: WriteOptions,
): Promise<void> {
  await using file = await openForWriting(path, flags, options);
  await writeToReader(file, text, options);
}

/** ENXIO: a FIFO that no process has open for reading. A blocking `open` would block a thread. */
async function openForWriting(
  path: string,
  flags: number,
  { clock, signal }: WriteOptions,
): Promise<FileHandle> {
  const { O_WRONLY = 1, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;
  for (;;) {
    try {
      return await open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | flags, DEFAULT_MODE);
    } catch (error) {
      if (errno(error) !== 'ENXIO' || !(await stat(path)).isFIFO()) throw error;
      await clock.sleep(MAX_PAUSE_MS, signal);
    }
  }
}

/** EAGAIN: the pipe is full, because its reader is slow. */
async function writeToReader(
  file: Pick<FileHandle, 'write'>,
  text: Text,
  { clock, signal }: WriteOptions,
): Promise<void> {
  let deadline: number | undefined;
  const write = async (rest: Buffer) => {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      try {
        return await file.write(rest);
      } catch (error) {
        if (errno(error) !== 'EAGAIN') throw error;
        if (signal.aborted) deadline ??= clock.monotonic() + ABORTED_WRITE_MS;
        if (deadline !== undefined && clock.monotonic() >= deadline) signal.throwIfAborted();
        await clock.sleep(pause);
      }
    }
  };
  for (const bytes of buffersOf(text)) await writeAll(bytes, write);
}

async function attempt(
  path: string,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  await refuseFolder(path);
  try {
    await work();
  } catch (error) {
    if (signal.aborted && error === signal.reason) throw error;
    throw notWritten(path, error);
  }
}

function notWritten(path: string, cause: unknown): StorageError {
  return new StorageError(`Cannot write ${path}: ${reasonOf(cause)}`, {
    code: 'file_not_written',
    hint: 'Check the folder and its permissions, or name another file.',
    cause,
  });
}

const buffersOf = (text: Text) => (typeof text === 'string' ? [Buffer.from(text)] : text);
