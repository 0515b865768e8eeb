import { constants } from 'node:fs';
import {
  access,
  appendFile,
  type FileHandle,
  mkdir,
  open,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../core/errors.ts';
import type { Random } from '../core/ports.ts';

/** Permissions of a file that others may read, as far as the umask lets them. */
const SHARED = 0o666;

/**
 * Puts `text` into a file at one stroke: whoever reads it finds the old or the new text, whole. A
 * link stays and what it leads to is replaced; a device or a pipe is written to.
 * @throws StorageError, and then the old text is untouched
 */
export async function writeWhole(
  path: string,
  text: string,
  random: Random,
  mode = SHARED,
): Promise<void> {
  try {
    const known = await stat(path).catch(() => undefined);
    if (known !== undefined && !known.isFile()) {
      await writeFile(path, text);
      return;
    }
    await replace(known ? await realpath(path) : path, text, random.uuid(), mode);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/**
 * Adds to the end of a file.
 * @throws StorageError
 */
export async function appendTo(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text);
  } catch (error) {
    throw notWritten(path, error);
  }
}

/**
 * The text of a file, or undefined where there is none.
 * @throws StorageError when it is there and cannot be read
 */
export async function readWhole(path: string): Promise<string | undefined> {
  try {
    return await readUnhurried(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StorageError(`Cannot read ${path}: ${reasonOf(cause)}`, {
      code: 'file_not_read',
      cause,
    });
  }
}

/** Milliseconds between two looks at a pipe that has nothing yet. */
const PIPE_PAUSE = 20;

/**
 * A file, or a pipe as `<(command)` makes it. Opening does not wait for a writer: a thread that
 * hangs there keeps the whole program from ending.
 */
async function readUnhurried(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFIFO()) return await file.readFile('utf8');
    const parts: Buffer[] = [];
    for (;;) {
      const part = await readPart(file);
      if (part?.length === 0) return Buffer.concat(parts).toString('utf8');
      if (part === undefined) await sleep(PIPE_PAUSE);
      else parts.push(part);
    }
  } finally {
    await file.close();
  }
}

/** Undefined while there is nothing, empty at the end. */
async function readPart(file: FileHandle): Promise<Buffer | undefined> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536));
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

async function replace(path: string, text: string, unique: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  try {
    await writeFile(temporary, text, { flag: 'wx', mode });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Makes the folder of a file that is to be written later, and finds out now what would hinder it.
 * @throws StorageError
 */
export async function prepareToWrite(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true });
    const known = await stat(path).catch(() => undefined);
    if (known?.isDirectory()) throw new Error('EISDIR: it is a folder');
    await access(known && !known.isFile() ? path : folder, constants.W_OK);
  } catch (error) {
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

/** Node's own words, without its code before them and the path behind: `permission denied`. */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
