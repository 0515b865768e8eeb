import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lock } from '../../credentials/lock.ts';
import type { ThisProcess } from '../../credentials/owner.ts';
import { errno, storageError } from '../../files/storage-error.ts';
import { StorageError } from '../../errors.ts';

/** More than anybody says, pictures included, and less than the longest string. In bytes. */
const SIZE_CAP = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * A file of lines that only grows, for its owner only. What makes it safe:
 *
 * - One append is one `write` behind the end of the file (O_APPEND), and appends of several
 *   processes are kept apart by a lock, also where a file system splits what is written.
 * - A line that was torn by a kill or a full disk is ended by the next append, so that it spoils
 *   itself alone. Readers skip what they do not understand.
 */
export interface Journal {
  /** Its lines, undefined when there is no such file. @throws StorageError */
  read(): Promise<string[] | undefined>;
  /**
   * Appends whole lines, all or none of them. Nobody interrupts it: what was answered is kept.
   * @throws StorageError
   */
  append(lines: readonly string[]): Promise<void>;
  /** Makes it, with its folder. Resolves to false when it is there already. @throws StorageError */
  create(): Promise<boolean>;
}

export interface JournalOptions {
  path: string;
  lock: Lock;
  self: ThisProcess;
}

export function createJournal({ path, lock, self }: JournalOptions): Journal {
  return {
    async read() {
      const handle = await openOwn(path, constants.O_RDONLY, self).catch((error: unknown) => {
        if (errno(error) === 'ENOENT') return undefined;
        throw failure('read', path, error);
      });
      if (!handle) return undefined;
      try {
        return (await handle.readFile('utf8')).split('\n').filter((line) => line !== '');
      } catch (error) {
        throw failure('read', path, error);
      } finally {
        await handle.close();
      }
    },

    append: (lines) =>
      lock.run({
        critical: () =>
          appendTo(path, self, lines).catch((error: unknown) => {
            throw failure('write to', path, error);
          }),
      }),

    async create() {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await (await open(path, 'wx', 0o600)).close();
        return true;
      } catch (error) {
        if (errno(error) === 'EEXIST') return false;
        throw failure('make', path, error);
      }
    },
  };
}

async function appendTo(path: string, self: ThisProcess, lines: readonly string[]): Promise<void> {
  const handle = await openOwn(path, constants.O_RDWR | constants.O_APPEND, self);
  try {
    const { size } = await handle.stat();
    const start = (await isTorn(handle, size)) ? '\n' : '';
    await writeAll(handle, Buffer.from(`${start}${lines.join('\n')}\n`), size);
  } finally {
    await handle.close();
  }
}

/** Whether the last line has no end. */
async function isTorn(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1, NEWLINE);
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

/** All of it or nothing, unless the process dies. */
async function writeAll(handle: FileHandle, bytes: Buffer, size: number): Promise<void> {
  try {
    let written = 0;
    // One round, unless the disk fills up: then the next one throws.
    while (written < bytes.length) {
      written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
    }
    await handle.datasync();
  } catch (error) {
    await handle.truncate(size).catch(() => {});
    throw error;
  }
}

/** Follows no link, does not wait at a FIFO, and closes the file to others. */
async function openOwn(path: string, flags: number, self: ThisProcess): Promise<FileHandle> {
  // Windows has neither flag.
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  const handle = await open(path, flags | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = await handle.stat({ bigint: true });
    refuseOddities(path, stat, self);
    if (self.platform !== 'win32' && (stat.mode & 0o077n) !== 0n) await handle.chmod(0o600);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function refuseOddities(path: string, stat: BigIntStats, self: ThisProcess): void {
  const uid = self.getuid?.();
  const what = !stat.isFile()
    ? 'is not a regular file'
    : uid !== undefined && stat.uid !== BigInt(uid)
      ? `belongs to another user (uid ${stat.uid}, you are ${uid})`
      : stat.size > SIZE_CAP
        ? 'is larger than 256 MiB'
        : undefined;
  if (what === undefined) return;
  throw new StorageError(`${path} ${what}`, { code: 'journal_refused', hint: 'Move it away.' });
}

function failure(action: string, path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  if (errno(cause) === 'ENOENT') {
    return new StorageError(`Cannot ${action} ${path}: it is not there any more`, {
      code: 'journal_gone',
      hint: 'Something deleted it meanwhile.',
      cause,
    });
  }
  const { code, message } = storageError(action, path, cause);
  const hint = 'Check that file, its folder and the disk; QWEN_DEMO_HOME names another folder.';
  return new StorageError(message, { code, hint, cause });
}
