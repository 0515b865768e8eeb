import { createHash } from 'node:crypto';
import { link, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { identify, type Owner, ownerSchema, stateOf, type ThisProcess } from './owner.ts';
import { type OwnFile, readOwnFile } from './own-file.ts';
import { makeFolder } from './make-folder.ts';
import { writeNew } from './replacement.ts';
import { errno, type FileRef, storageError } from './storage-error.ts';
import { parseJson } from '../json.ts';

/** Milliseconds after which a lock that names no owner is stale: it was left half written. */
const NAMELESS_STALE = 35_000;
/** The same for a lock of ours whose owner cannot be checked: another machine, another boot. */
const DISTANT_STALE = 60_000;
/** Milliseconds after which a left-over file that names no owner is deleted. */
const LITTER_AGE = 60_000;
/** Most processes in a row that may have died, each while it took over from the one before. */
const DEEPEST_CLAIM = 8;

/** The path of a lock file, and what tells its owner from other processes. */
export interface LockFileOptions extends FileRef {
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

/** The use of a lock by one process, from its first try to the release. */
export interface LockFile {
  /** Takes the lock if it is free or stale. Resolves to false when another holds it. */
  tryAcquire(): Promise<boolean>;
  /** What the last try found: a key for that one holding, and a text that names its owner. */
  inTheWay(): { key: string; holder: string };
  /** Deletes the lock if it is ours. Never throws: a lock that remains is stale after our exit. */
  release(): Promise<void>;
}

interface Holding {
  /** Different for every holding of the lock, earlier and later ones. */
  key: string;
  owner: Owner | undefined;
  mtime: number;
}

/**
 * A lock is a file that says who holds it. Why no two processes hold it at a time:
 *
 * - It appears whole and exclusively, by `link` from a temporary file.
 * - A free lock is thereby taken by one process only, and its owner alone deletes it.
 * - A stale lock is replaced, never deleted: its successor's file is renamed over it. Who may do
 *   that is settled by another lock, the claim, whose name is made of the stale holding's key.
 *   Under the claim the lock is read again, and renamed over only if it is still that holding. Since
 *   its owner is dead and only the claim's holder may replace it, nothing can come in between; and
 *   since no key is used twice, a later holder of the claim finds another holding and stops.
 * - A claim is a lock like any other: if its holder dies, it is taken over by a claim of its own.
 *
 * The proof needs "dead" to be true. It is for owners on this machine (see `stateOf`). Nameless and
 * distant owners are judged by age, far beyond what any of them takes, by the file system's own
 * time when the lock was first seen and by our monotonic clock from then on: a wall clock that is
 * wrong, or a lock from the future, changes nothing.
 */
export async function createLockFile(options: LockFileOptions): Promise<LockFile> {
  const { path, setting, self, clock, random } = options;
  const me = await identify(self, random.uuid());
  const text = `${JSON.stringify(me)}\n`;
  const sightings = new Map<string, { since: number; age: number }>();
  let obstacle = { key: '', holder: '' };
  let held = false;

  async function tryAcquire(lock: string, depth = 0): Promise<boolean> {
    const holding = await read({ path: lock, setting });
    if (!holding) return create(lock);
    if (depth === 0) obstacle = { key: holding.key, holder: describe(holding.owner) };
    if (!(await isStale(holding))) return false;
    return depth < DEEPEST_CLAIM && takeOver(lock, holding, depth);
  }

  async function create(lock: string): Promise<boolean> {
    const temporary = await writeTemporary();
    try {
      await link(temporary, lock);
      return true;
    } catch (error) {
      if (LOST_RACE.has(errno(error))) return false;
      if (!NO_LINKS.has(errno(error))) throw storageError('make', { path: lock, setting }, error);
      return await createWithoutLinks({ path: lock, setting }, text);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function takeOver(lock: string, stale: Holding, depth: number): Promise<boolean> {
    const claim = `${lock}.${createHash('sha256').update(stale.key).digest('hex').slice(0, 16)}`;
    if (!(await tryAcquire(claim, depth + 1))) return false;
    try {
      if ((await read({ path: lock, setting }))?.key !== stale.key) return false;
      await rename(await writeTemporary(), lock);
    } catch (error) {
      if (LOST_RACE.has(errno(error))) return false;
      throw error instanceof StorageError
        ? error
        : storageError('take over', { path: lock, setting }, error);
    } finally {
      await removeOurs({ path: claim, setting }, text);
    }
    return true;
  }

  async function isStale({ key, owner, mtime }: Holding): Promise<boolean> {
    const state = owner ? await stateOf(owner, me, self) : 'unknown';
    if (state !== 'unknown') return state === 'dead';
    let sighting = sightings.get(key);
    if (!sighting) {
      sighting = { since: clock.monotonic(), age: Math.max(0, (await fileSystemTime()) - mtime) };
      sightings.set(key, sighting);
    }
    const age = sighting.age + clock.monotonic() - sighting.since;
    return age >= (owner ? DISTANT_STALE : NAMELESS_STALE);
  }

  async function fileSystemTime(): Promise<number> {
    const temporary = await writeTemporary();
    try {
      return (await stat(temporary)).mtimeMs;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function writeTemporary(): Promise<string> {
    const temporary = `${path}.${random.uuid()}.tmp`;
    try {
      await makeFolder(dirname(path), 0o700);
      await writeNew(temporary, text);
    } catch (error) {
      throw storageError('make', { path, setting }, error);
    }
    return temporary;
  }

  /**
   * Deletes the files that dead processes left beside the lock. Only its holder calls this: claims on
   * earlier holdings have no effect any more.
   */
  async function sweep(): Promise<void> {
    const names = await readdir(dirname(path)).catch(() => []);
    const own = basename(path);
    for (const name of names) {
      if (name === own || !name.startsWith(own) || !LITTER.test(name.slice(own.length))) continue;
      const litter = join(dirname(path), name);
      if (await isLitter(litter)) await rm(litter, { force: true }).catch(() => {});
    }
  }

  async function isLitter(path: string): Promise<boolean> {
    const left = await read({ path, setting }).catch(() => undefined);
    if (!left) return false;
    if (left.owner && (await stateOf(left.owner, me, self)) === 'dead') return true;
    return (await fileSystemTime()) - left.mtime > LITTER_AGE;
  }

  return {
    async tryAcquire() {
      held = await tryAcquire(path);
      if (held) await sweep().catch(() => {});
      return held;
    },
    inTheWay: () => obstacle,
    async release() {
      if (held) await removeOurs({ path, setting }, text);
      held = false;
    },
  };
}

async function read(lock: FileRef): Promise<Holding | undefined> {
  const file = await readOwnFile(lock);
  if (!file) return undefined;
  return { key: keyOf(file), owner: ownerOf(file.text), mtime: Number(file.stat.mtimeNs) / 1e6 };
}

/** The text alone is unique for locks with a nonce, but all empty locks have the same text. */
function keyOf({ text, stat }: OwnFile): string {
  return `${stat.ino} ${stat.mtimeNs} ${text}`;
}

function ownerOf(text: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

function describe(owner: Owner | undefined): string {
  return owner ? `process ${owner.pid} on ${JSON.stringify(owner.host)}` : 'another program';
}

/** Another process was faster, or one whose clock is far ahead deleted the temporary file. */
const LOST_RACE: ReadonlySet<string | undefined> = new Set(['EEXIST', 'ENOENT']);

/** File systems without hard links: FAT, some network and phone storage. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/** Exclusive as well, but the file is empty for a moment: a lock that names no owner yet. */
async function createWithoutLinks(lock: FileRef, text: string): Promise<boolean> {
  try {
    await writeNew(lock.path, text);
    return true;
  } catch (error) {
    if (errno(error) === 'EEXIST') return false;
    throw storageError('make', lock, error);
  }
}

/** Between the check and the deletion the owner could only change if we were judged dead. */
async function removeOurs(lock: FileRef, text: string): Promise<void> {
  const file = await readOwnFile(lock).catch(() => undefined);
  if (file?.text === text) await rm(lock.path, { force: true }).catch(() => {});
}

/** The files that we create beside a lock: claims, claims on claims, temporary files. */
const LITTER = /^(\.[0-9a-f]{16})*(\.[0-9a-f-]{36}\.tmp)?$/;
