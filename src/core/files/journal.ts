import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Lock } from './lock.ts';
import { StorageError } from '../errors.ts';
import { openOwnFile, readOwnFile } from './own-file.ts';
import { makeFolder } from './make-folder.ts';
import { flush, patientFiles } from './patience.ts';
import { notFlushed, writeAll, writeNew } from './replacement.ts';
import { inspectSecret, type SecretFile } from './secret-file.ts';
import { errno, type FileRef, storageError } from './storage-error.ts';

/** More than a conversation with pictures takes, and less than the maximum string length of V8. */
const MAX_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * An append-only file of lines that only its owner can read.
 *
 * - One append is one `write` at the end of the file (O_APPEND). A lock serializes the appends of
 *   several processes, because a file system may split a write.
 * - A kill or a full disk can leave an incomplete line. The next append first ends an incomplete line,
 *   so only that line is lost. Readers skip lines that they cannot parse.
 */
export interface Journal {
  /**
   * The lines that are not empty; undefined when the file does not exist.
   * @throws StorageError `symlink`, `not_a_file`, `too_large`, `foreign_owner`, or a code of
   *   {@link storageError}
   */
  read(): Promise<string[] | undefined>;
  /**
   * Appends whole lines, all or none: each a text, or its UTF-8 in parts. It is not interrupted, so that a
   * received answer is saved.
   * @throws StorageError `journal_gone` when the file was deleted, `locked`, or the errors of
   *   {@link read}
   */
  append(lines: readonly Line[]): Promise<void>;
  /**
   * Creates the file and its folder. Resolves to false when the file exists.
   * @throws StorageError with a code of {@link storageError}
   */
  create(): Promise<boolean>;
}

type Line = string | readonly Buffer[];

/** The path of a journal and the lock that guards its appends. */
export interface JournalOptions extends SecretFile {
  lock: Lock;
}

/** A journal. Each call of a method opens the file, which need not exist. */
export function createJournal(options: JournalOptions): Journal {
  const { path, lock, clock } = options;
  return {
    async read() {
      const file = await readOwnFile(journalFile(options));
      return file?.text.split('\n').filter((line) => line !== '');
    },

    append: (lines) => lock.run({ critical: () => appendTo(options, lines) }),

    async create() {
      try {
        const files = patientFiles(clock);
        await makeFolder(files, dirname(path), 0o700);
        await writeNew(files, path, '');
        return true;
      } catch (error) {
        if (errno(error) === 'EEXIST') return false;
        throw storageError('make', options, error);
      }
    },
  };
}

async function appendTo(options: JournalOptions, lines: readonly Line[]): Promise<void> {
  const action = 'write to';
  const flags = constants.O_RDWR | constants.O_APPEND;
  const opened = await openOwnFile(journalFile(options), flags, action);
  if (!opened) throw gone(options);
  const { handle } = opened;
  try {
    const { size } = await handle.stat();
    const start = (await isIncomplete(handle, size)) ? '\n' : '';
    const texts = [start, ...lines.flatMap((line) => [line, '\n']).flat()];
    const bytes = Buffer.concat(
      texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text)),
    );
    if (!(await appendAll(handle, bytes, size))) options.onNotice(notFlushed(options.path));
  } catch (error) {
    throw storageError(action, options, error);
  } finally {
    await handle.close().catch(() => {});
  }
}

function journalFile(options: JournalOptions) {
  const { path, setting, clock } = options;
  return { path, setting, clock, cap: MAX_BYTES, inspect: inspectSecret(options) };
}

function gone({ path }: FileRef): StorageError {
  return new StorageError(`Cannot write to ${path}: the file does not exist any more`, {
    code: 'journal_gone',
    hint: 'Another program or another run deleted it.',
  });
}

/** Whether the last line does not end with a newline. */
async function isIncomplete(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1, NEWLINE);
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

/** Appends all bytes or none, unless the process dies. Resolves to whether they are on the disk. */
async function appendAll(handle: FileHandle, bytes: Buffer, size: number): Promise<boolean> {
  try {
    await writeAll(bytes, (rest) => handle.write(rest));
    return await flush(handle);
  } catch (error) {
    await handle.truncate(size).catch(() => {});
    throw error;
  }
}
