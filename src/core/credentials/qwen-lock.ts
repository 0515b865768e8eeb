import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import { type Lock, type WaitOptions, waitingLock } from '../files/lock.ts';
import type { LockFile } from '../files/lock-file.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type OwnFile, readOwnFile } from '../files/own-file.ts';
import { type Files, patientFiles } from '../files/patience.ts';
import { linkNew } from '../files/replacement.ts';
import { SETTING_CREDENTIALS, errno, type FileRef, storageError } from '../files/storage-error.ts';

/** Age in ms after which Qwen Code treats a lock as stale. */
const STALE_MS = 35_000;
/**
 * Milliseconds between the end of a Qwen Code lock and the use of ours. The caller watches the
 * credentials during that time: a Qwen Code process that exits deletes the lock even if another one
 * still refreshes.
 */
const SETTLE_MS = 3000;
/**
 * Milliseconds that the time of our lock is in the future. Qwen Code 0.15 treats a lock as stale after
 * 10 s, and a refresh may take that long.
 */
const DATED_AHEAD_MS = 10_000;

/** The lock of Qwen Code. Take it only inside a lock of our own (see `nestLocks`). */
export function createQwenLock(options: WaitOptions): Lock {
  return waitingLock(options, () => openQwenLock(options));
}

/**
 * The lock that Qwen Code uses. Only the holder of this program's own lock may use it (see
 * {@link nestLocks}).
 *
 * - Qwen Code's lock is a file. Ours is an empty folder with the same name. Neither can be created
 *   while the other exists.
 * - Every Qwen Code process deletes the lock at its exit, even if another process holds it. It uses
 *   `unlink`, which does not delete a folder, so our lock remains.
 * - We use `rmdir`, which does not delete a file, so we cannot delete a lock of Qwen Code.
 * - A folder that exists already is the lock of a process of this program that died, because only the
 *   holder of the program's own lock gets here.
 */
function openQwenLock({ path, clock, random }: WaitOptions): LockFile {
  const ref = { path, setting: SETTING_CREDENTIALS, clock };
  const files = patientFiles(clock);
  let held = false;
  /** The last Qwen Code lock: its key, the monotonic time when first seen, its age then, in ms. */
  let firstSeen: { key: string; at: number; age: number } | undefined;
  /** The monotonic time from which our lock may be used: SETTLE_MS after a lock of Qwen Code. */
  let usableFrom = 0;

  async function tryAcquire(): Promise<boolean> {
    if (!held) {
      held = (await create()) || ((await removeStale()) && (await create()));
      if (held && firstSeen) usableFrom = clock.monotonic() + SETTLE_MS;
    }
    return held && clock.monotonic() >= usableFrom;
  }

  async function create(): Promise<boolean> {
    try {
      await makeFolder(files, dirname(path), 0o700);
      await files.mkdir(path, { mode: 0o700 });
    } catch (error) {
      if (errno(error) === 'EEXIST') return false;
      throw storageError('make', ref, error);
    }
    const time = (clock.now() + DATED_AHEAD_MS) / 1000;
    await files.utimes(path, time, time).catch(() => {});
    return true;
  }

  /** Removes a stale lock. Resolves to true when no lock exists any more. */
  async function removeStale(): Promise<boolean> {
    const stat = await files.lstat(path).catch(() => undefined);
    if (!stat) return true;
    if (stat.isDirectory()) return removeFolder();
    const file = await readOwnFile(ref);
    if (!file) return true;
    return (await isStale(file)) && removeFile(file);
  }

  async function removeFolder(): Promise<boolean> {
    try {
      await files.rmdir(path);
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw notOurs(ref, error);
    }
    return true;
  }

  async function isStale({ text, stat }: OwnFile): Promise<boolean> {
    const key = `${stat.ino} ${stat.mtimeNs} ${text}`;
    if (firstSeen?.key !== key) {
      const age = Math.max(0, (await fileSystemTime()) - Number(stat.mtimeNs) / 1e6);
      firstSeen = { key, at: clock.monotonic(), age };
    }
    return firstSeen.age + clock.monotonic() - firstSeen.at >= STALE_MS;
  }

  async function fileSystemTime(): Promise<number> {
    const temporary = `${path}.${random.uuid()}`;
    try {
      await files.mkdir(temporary, { mode: 0o700 });
      return (await files.lstat(temporary)).mtimeMs;
    } catch (error) {
      throw storageError('make', ref, error);
    } finally {
      await files.rmdir(temporary).catch(() => {});
    }
  }

  /** Moves the file before the last check, because a Qwen Code process may replace it meanwhile. */
  async function removeFile({ text }: OwnFile): Promise<boolean> {
    const away = `${path}.${random.uuid()}`;
    try {
      await files.rename(path, away);
    } catch (error) {
      if (errno(error) === 'ENOENT') return true;
      throw storageError('take over', ref, error);
    }
    const moved = await readOwnFile({ ...ref, path: away }).catch(() => undefined);
    const stale = moved?.text === text;
    if (moved && !stale) await linkNew(files, away, path, moved.text).catch(() => {});
    if (stale) firstSeen = undefined;
    await files.rm(away, { force: true }).catch(() => {});
    return stale;
  }

  return {
    tryAcquire,
    blocker: () => firstSeen && { key: firstSeen.key, holder: 'another program' },
    async release() {
      if (!held) return;
      held = false;
      await files.rmdir(path).catch(() => {});
      await deleteLeftovers(files, path);
    },
  };
}

/**
 * Refuses what the next process that takes this lock would refuse. Changes nothing.
 * @throws StorageError `not_a_file` for a folder that is not empty, and the errors of {@link readOwnFile}
 */
export async function requireQwenLock({ path, clock }: Pick<WaitOptions, 'path' | 'clock'>) {
  const ref = { path, setting: SETTING_CREDENTIALS, clock };
  const files = patientFiles(clock);
  const stat = await files.lstat(path).catch(() => undefined);
  if (stat?.isDirectory() !== true) return void (await readOwnFile(ref));
  if ((await files.readdir(path).catch(() => [])).length > 0) throw notEmpty(ref);
}

function notOurs(ref: FileRef, cause: unknown): StorageError {
  const full = errno(cause) === 'ENOTEMPTY' || errno(cause) === 'EEXIST';
  return full ? notEmpty(ref) : storageError('take over', ref, cause);
}

function notEmpty({ path }: FileRef): StorageError {
  return new StorageError(`${path} is a folder that is not empty, not a lock`, {
    code: 'not_a_file',
    hint: 'Move it away, or name another file with --credentials.',
  });
}

/** Qwen Code moves a stale lock away and then cannot delete it if it is a folder. */
async function deleteLeftovers(files: Files, path: string): Promise<void> {
  const prefix = `${basename(path)}.stale.`;
  const names = await files.readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    if (name.startsWith(prefix)) await files.rmdir(join(dirname(path), name)).catch(() => {});
  }
}
