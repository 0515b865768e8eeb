import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lock } from './lock.ts';
import type { ThisProcess } from './owner.ts';
import { StorageError } from '../errors.ts';
import { type Inspect, looseMode, openOwnFile, requireOwner } from './own-file.ts';
import { makeFolder } from './make-folder.ts';
import { writeNew } from './replacement.ts';
import { errno, type FileRef, storageError } from './storage-error.ts';

/** Bytes: more than a conversation with pictures takes, and less than the longest string of V8. */
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
   * Appends whole lines, all or none of them. It is never interrupted, so that no answer is lost.
   * @throws StorageError
   */
  append(lines: readonly string[]): Promise<void>;
  /** Makes it, with its folder. Resolves to false when it is there already. @throws StorageError */
  create(): Promise<boolean>;
}

/** The path of a journal and the lock that guards its appends. */
export interface JournalOptions extends FileRef {
  lock: Lock;
  self: ThisProcess;
}

/** Opens nothing yet: the file is opened by each call, and need not exist. */
export function createJournal(options: JournalOptions): Journal {
  const { path, lock } = options;
  return {
    async read() {
      const handle = await openJournal(options, constants.O_RDONLY, 'read');
      if (!handle) return undefined;
      try {
        return (await handle.readFile('utf8')).split('\n').filter((line) => line !== '');
      } catch (error) {
        throw storageError('read', options, error);
      } finally {
        await handle.close();
      }
    },

    append: (lines) => lock.run({ critical: () => appendTo(options, lines) }),

    async create() {
      try {
        await makeFolder(dirname(path), 0o700);
        await writeNew(path, '');
        return true;
      } catch (error) {
        if (errno(error) === 'EEXIST') return false;
        throw storageError('make', options, error);
      }
    },
  };
}

async function appendTo(options: JournalOptions, lines: readonly string[]): Promise<void> {
  const action = 'write to';
  const handle = await openJournal(options, constants.O_RDWR | constants.O_APPEND, action);
  if (!handle) throw gone(options);
  try {
    const { size } = await handle.stat();
    const start = (await isTorn(handle, size)) ? '\n' : '';
    await writeAll(handle, Buffer.from(`${start}${lines.join('\n')}\n`), size);
  } catch (error) {
    throw storageError(action, options, error);
  } finally {
    await handle.close();
  }
}

/** Refuses the file of another user, and takes all permissions from other users. */
async function openJournal(
  { path, setting, self }: JournalOptions,
  flags: number,
  action: string,
): Promise<FileHandle | undefined> {
  const ref = { path, setting };
  const inspect: Inspect = async (handle, stat) => {
    requireOwner(ref, self, stat);
    if (looseMode(self, stat) !== undefined) await handle.chmod(0o600);
  };
  const opened = await openOwnFile({ ...ref, cap: SIZE_CAP, inspect }, flags, action);
  return opened?.handle;
}

function gone({ path }: FileRef): StorageError {
  return new StorageError(`Cannot write to ${path}: the file does not exist any more`, {
    code: 'journal_gone',
    hint: 'Another program or another run deleted it.',
  });
}

/** Whether the last line has no end. */
async function isTorn(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1, NEWLINE);
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

/** Appends all bytes or none, unless the process dies. */
async function writeAll(handle: FileHandle, bytes: Buffer, size: number): Promise<void> {
  try {
    let written = 0;
    // One write, unless the disk fills up: then the next one throws.
    while (written < bytes.length) {
      written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
    }
    await handle.datasync();
  } catch (error) {
    await handle.truncate(size).catch(() => {});
    throw error;
  }
}
