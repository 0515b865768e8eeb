import { lstat, link, mkdir, readdir, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import { type Lock, type WaitOptions, waitingLock } from '../files/lock.ts';
import type { LockFile } from '../files/lock-file.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type OwnFile, readOwnFile } from '../files/own-file.ts';
import { SETTING_CREDENTIALS, errno, type FileRef, storageError } from '../files/storage-error.ts';

/** Milliseconds after which a lock of Qwen Code is stale: its own rule. */
const STALE = 35_000;
/**
 * Milliseconds to continue watching the credentials after Qwen Code's lock disappeared without a
 * change of them: at its exit, a process of Qwen Code deletes the lock of one that still refreshes.
 */
const GRACE = 3000;
/**
 * Milliseconds by which our lock is dated ahead. Older versions of Qwen Code (0.15) treat a lock
 * as stale after 10 s, and a refresh may take that long.
 */
const AHEAD = 10_000;

/** The lock of Qwen Code. Take it only inside a lock of our own (see `nestLocks`). */
export function createQwenLock(options: WaitOptions): Lock {
  return waitingLock(options, () => openQwenLock(options));
}

/**
 * The lock that Qwen Code uses, taken so that neither program can take it from the other. Only one
 * process of ours at a time may use it: the holder of a lock of our own (see `nestLocks`).
 *
 * Qwen Code's lock is a file; ours is an empty folder with the same name. Neither can be created
 * while the other exists. Every process of Qwen Code deletes the lock at its exit, even if another
 * process holds it. It uses `unlink`, which deletes no folder, so our lock survives that. We use
 * `rmdir`, which deletes no file, so we cannot delete a lock of theirs by mistake. A folder that
 * exists already is the lock of a process of ours that died: no live one holds our own lock now.
 */
function openQwenLock({ path, clock, random }: WaitOptions): LockFile {
  const ref = { path, setting: SETTING_CREDENTIALS };
  let held = false;
  /** The lock of Qwen Code that the last try found. */
  let sighting: { key: string; since: number; age: number } | undefined;
  /** The time from which our lock may be used: GRACE after we found a lock of Qwen Code. */
  let settled = 0;

  async function tryAcquire(): Promise<boolean> {
    if (!held) {
      held = (await create()) || ((await clear()) && (await create()));
      if (held && sighting) settled = clock.monotonic() + GRACE;
    }
    return held && clock.monotonic() >= settled;
  }

  async function create(): Promise<boolean> {
    try {
      await makeFolder(dirname(path), 0o700);
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if (errno(error) === 'EEXIST') return false;
      throw storageError('make', ref, error);
    }
    const time = (clock.now() + AHEAD) / 1000;
    await utimes(path, time, time).catch(() => {});
    return true;
  }

  /** Removes a stale lock. Resolves to true when no lock exists any more. */
  async function clear(): Promise<boolean> {
    const stat = await lstat(path).catch(() => undefined);
    if (!stat) return true;
    if (stat.isDirectory()) return removeFolder();
    const file = await readOwnFile(ref);
    if (!file) return true;
    return (await isStale(file)) && removeFile(file);
  }

  async function removeFolder(): Promise<boolean> {
    try {
      await rmdir(path);
    } catch (error) {
      if (errno(error) !== 'ENOENT') throw notOurs(ref, error);
    }
    return true;
  }

  async function isStale({ text, stat }: OwnFile): Promise<boolean> {
    const key = `${stat.ino} ${stat.mtimeNs} ${text}`;
    if (sighting?.key !== key) {
      const age = Math.max(0, (await fileSystemTime()) - Number(stat.mtimeNs) / 1e6);
      sighting = { key, since: clock.monotonic(), age };
    }
    return sighting.age + clock.monotonic() - sighting.since >= STALE;
  }

  async function fileSystemTime(): Promise<number> {
    const temporary = `${path}.${random.uuid()}`;
    try {
      await mkdir(temporary, { mode: 0o700 });
      return (await lstat(temporary)).mtimeMs;
    } catch (error) {
      throw storageError('make', ref, error);
    } finally {
      await rmdir(temporary).catch(() => {});
    }
  }

  /** A process of Qwen Code may do the same now: the file is checked again after it was moved. */
  async function removeFile({ text }: OwnFile): Promise<boolean> {
    const away = `${path}.${random.uuid()}`;
    try {
      await rename(path, away);
    } catch (error) {
      if (errno(error) === 'ENOENT') return true;
      throw storageError('take over', ref, error);
    }
    const moved = await readOwnFile({ ...ref, path: away }).catch(() => undefined);
    const stale = moved?.text === text;
    if (!stale) await link(away, path).catch(() => {});
    else sighting = undefined;
    await rm(away, { force: true }).catch(() => {});
    return stale;
  }

  return {
    tryAcquire,
    inTheWay: () => ({ key: sighting?.key ?? '', holder: 'another program' }),
    async release() {
      if (!held) return;
      held = false;
      await rmdir(path).catch(() => {});
      await sweep(path);
    },
  };
}

function notOurs(ref: FileRef, cause: unknown): StorageError {
  if (errno(cause) !== 'ENOTEMPTY' && errno(cause) !== 'EEXIST') {
    return storageError('take over', ref, cause);
  }
  return new StorageError(`${ref.path} is a folder that is not empty, not a lock`, {
    code: 'not_a_file',
    hint: 'Move it away, or name another file with --credentials.',
  });
}

/** Qwen Code moves a stale lock away and then cannot delete it if it is a folder. */
async function sweep(path: string): Promise<void> {
  const prefix = `${basename(path)}.stale.`;
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    if (name.startsWith(prefix)) await rmdir(join(dirname(path), name)).catch(() => {});
  }
}
