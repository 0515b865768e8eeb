import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { identify, type Owner, ownerIn, ownerText, stateOf, type ThisProcess } from './owner.ts';
import { type OwnFile, readOwnFile } from './own-file.ts';
import { makeFolder } from './make-folder.ts';
import { patientFiles } from './patience.ts';
import { linkNew, writeNew } from './replacement.ts';
import { errno, type FileRef, storageError } from './storage-error.ts';

/** Age in ms after which a lock without an owner is stale: its process died while it wrote the file. */
const NO_OWNER_STALE_MS = 35_000;
/** Age in ms after which a lock is stale whose owner cannot be checked: another machine or boot. */
const UNCHECKED_STALE_MS = 60_000;
/** Age in ms after which a leftover file without an owner is deleted. */
const LEFTOVER_MS = 60_000;
/** Maximum depth of nested claims: one level per process that died during a takeover. */
const MAX_CLAIM_DEPTH = 8;

/** The path of a lock file, and what distinguishes this process from others. */
export interface LockFileOptions extends FileRef {
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

/** Who holds a lock: a key that is unique to this acquisition, and a description of the owner. */
export interface Blocker {
  key: string;
  /** For messages: `process 123 on "host"`. */
  holder: string;
}

/** One process's use of a lock file, from the first attempt to the release. */
export interface LockFile {
  /**
   * Takes the lock if it is free or stale. Resolves to false when another process holds it.
   * @throws StorageError `symlink`, `not_a_file`, `too_large` or the codes of {@link storageError}
   *   when the file cannot be read or created
   */
  tryAcquire(): Promise<boolean>;
  /** Who held the lock at the last attempt; undefined before the first one that failed. */
  blocker(): Blocker | undefined;
  /** Deletes the lock if this process holds it. Never throws: a lock that remains is stale after the exit. */
  release(): Promise<void>;
}

/** A lock file as it was read. */
interface LockState {
  /** Different for every acquisition, earlier and later ones. */
  key: string;
  owner: Owner | undefined;
  /** Milliseconds since the epoch, by the clock of the file system. */
  mtime: number;
}

/**
 * A lock is a file that names its owner. To acquire it:
 *
 * 1. No lock exists: write a temporary file and `link` it to the lock's path. The file appears whole,
 *    and only one process succeeds.
 * 2. The lock is not stale: fail. The caller tries again later.
 * 3. The lock is stale: take it over. A stale lock is never deleted, but replaced:
 *    a. Acquire a second lock, the claim, by the same steps. Its file name contains a hash of the
 *       stale lock's key. Only the holder of the claim may replace the lock.
 *    b. Read the lock again. If its key has changed, another process has taken it over: fail.
 *    c. Rename a new temporary file over the lock.
 *    d. Delete the claim. If its holder dies before that, the claim becomes stale and is itself
 *       taken over, by a claim of its own.
 *
 * Only the owner deletes its lock. Thus between 3b and 3c no other process changes the lock: its owner
 * is dead, and other processes need the claim. Keys are unique, so a process that gets the same claim
 * later finds another key at 3b and fails.
 *
 * This is safe only if dead owners are detected correctly. Owners on this machine are checked by
 * process (see {@link stateOf}). Others are judged by age, with file-system time first and the
 * monotonic clock after that: a wrong wall clock or a lock from the future has no effect.
 */
export async function createLockFile(options: LockFileOptions): Promise<LockFile> {
  const { path, setting, self, clock, random } = options;
  const me = await identify(self, random.uuid());
  const text = ownerText(me);
  const files = patientFiles(clock);
  /** By key: the monotonic time at which a lock was first seen, and its age at that time, in ms. */
  const firstSeen = new Map<string, { at: number; age: number }>();
  let blocker: Blocker | undefined;
  let held = false;

  async function tryAcquire(lock: string, depth = 0): Promise<boolean> {
    const state = await readLock(lock);
    if (!state) return create(lock);
    // A file system may report a failure of what it has done.
    if (state.owner?.nonce === me.nonce) return true;
    if (depth === 0) blocker = { key: state.key, holder: describe(state.owner) };
    if (!(await isStale(state))) return false;
    return depth < MAX_CLAIM_DEPTH && takeOver(lock, state, depth);
  }

  async function create(lock: string): Promise<boolean> {
    const temporary = await writeTemporary();
    try {
      await linkNew(files, temporary, lock, text);
      return true;
    } catch (error) {
      if (LOST_RACE.has(errno(error))) return false;
      throw storageError('make', { path: lock, setting }, error);
    } finally {
      await deleteQuietly(temporary);
    }
  }

  async function takeOver(lock: string, stale: LockState, depth: number): Promise<boolean> {
    const claim = `${lock}.${createHash('sha256').update(stale.key).digest('hex').slice(0, 16)}`;
    if (!(await tryAcquire(claim, depth + 1))) return false;
    try {
      if ((await readLock(lock))?.key !== stale.key) return false;
      const temporary = await writeTemporary();
      await files.rename(temporary, lock);
    } catch (error) {
      if (LOST_RACE.has(errno(error))) return false;
      if (error instanceof StorageError) throw error;
      throw storageError('take over', { path: lock, setting }, error);
    } finally {
      await removeOwn(claim);
    }
    return true;
  }

  async function isStale({ key, owner, mtime }: LockState): Promise<boolean> {
    const state = owner ? await stateOf(owner, me, self) : 'unknown';
    if (state !== 'unknown') return state === 'dead';
    let first = firstSeen.get(key);
    if (!first) {
      first = { at: clock.monotonic(), age: Math.max(0, (await fileSystemTime()) - mtime) };
      firstSeen.set(key, first);
    }
    const age = first.age + clock.monotonic() - first.at;
    return age >= (owner ? UNCHECKED_STALE_MS : NO_OWNER_STALE_MS);
  }

  async function fileSystemTime(): Promise<number> {
    const temporary = await writeTemporary();
    try {
      return (await files.stat(temporary)).mtimeMs;
    } finally {
      await deleteQuietly(temporary);
    }
  }

  async function writeTemporary(): Promise<string> {
    const temporary = `${path}.${random.uuid()}.tmp`;
    try {
      await makeFolder(files, dirname(path), 0o700);
      await writeNew(files, temporary, text);
    } catch (error) {
      throw storageError('make', { path, setting }, error);
    }
    return temporary;
  }

  /**
   * Deletes the files that dead processes left beside the lock. Only the holder calls this. Claims on
   * earlier locks have no effect now.
   */
  async function deleteLeftovers(): Promise<void> {
    const names = await files.readdir(dirname(path)).catch(() => []);
    const own = basename(path);
    for (const name of names) {
      if (name === own || !name.startsWith(own)) continue;
      if (!BESIDE_LOCK.test(name.slice(own.length))) continue;
      const beside = join(dirname(path), name);
      if (await isLeftover(beside)) await deleteQuietly(beside);
    }
  }

  async function isLeftover(beside: string): Promise<boolean> {
    const state = await readLock(beside).catch(() => undefined);
    if (!state) return false;
    if (state.owner && (await stateOf(state.owner, me, self)) === 'dead') return true;
    return (await fileSystemTime()) - state.mtime > LEFTOVER_MS;
  }

  async function readLock(lock: string): Promise<LockState | undefined> {
    const file = await readOwnFile({ path: lock, setting, clock });
    if (!file) return undefined;
    return { key: keyOf(file), owner: ownerIn(file.text), mtime: Number(file.stat.mtimeNs) / 1e6 };
  }

  /** A file that stays is deleted later, as one that a dead process left. */
  async function deleteQuietly(file: string): Promise<void> {
    await files.rm(file, { force: true }).catch(() => {});
  }

  /** Another process can take the lock before the deletion only if it takes this process for dead. */
  async function removeOwn(lock: string): Promise<void> {
    const file = await readOwnFile({ path: lock, setting, clock }).catch(() => undefined);
    if (file?.text === text) await deleteQuietly(lock);
  }

  return {
    async tryAcquire() {
      held = await tryAcquire(path);
      if (held) await deleteLeftovers().catch(() => {});
      return held;
    },
    blocker: () => blocker,
    async release() {
      if (held) await removeOwn(path);
      held = false;
    },
  };
}

/** The key includes inode and time, because two empty lock files have the same text. */
function keyOf({ text, stat }: OwnFile): string {
  return `${stat.ino} ${stat.mtimeNs} ${text}`;
}

function describe(owner: Owner | undefined): string {
  return owner ? `process ${owner.pid} on ${JSON.stringify(owner.host)}` : 'another program';
}

/** Another process was faster, or deleted the temporary file because its clock is far ahead. */
const LOST_RACE: ReadonlySet<string | undefined> = new Set(['EEXIST', 'ENOENT']);

/** What follows the name of the lock in files beside it: claims, claims on claims, temporary files. */
const BESIDE_LOCK = /^(\.[0-9a-f]{16})*(\.[0-9a-f-]{36}\.tmp)?$/;
