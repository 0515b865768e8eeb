import { StorageError } from '../errors.ts';
import type { NamingSetting } from './storage-error.ts';
import type { Clock, Random } from '../ports.ts';
import { createLockFile, type LockFile } from './lock-file.ts';
import type { ThisProcess } from './owner.ts';

/** Milliseconds between two tries of a waiter: 20 to 60 at random, so that waiters do not coincide. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 60;
/**
 * A pause also lasts this many times as long as the try before it, up to a second. Where a hundred
 * waiters share a processor, tries are slow and take processor time from the owner of the lock.
 */
const PAUSES_PER_LOOK = 20;
const PAUSE_CAP = 1000;
/**
 * Milliseconds after which waiting for a living owner fails. It is more than an owner needs to wait
 * for another client's lock (35 s), to refresh (10 s) and to save.
 */
const PATIENCE = 60_000;

/** Work that needs a lock, and what ends the waiting for it. */
export interface LockedWork<T> {
  /** Runs while the lock is held. It is never interrupted: it must have its own time limit. */
  critical: () => Promise<T>;
  /** Called before every pause. A result other than undefined ends the waiting and is returned. */
  watch?: (() => Promise<T | undefined>) | undefined;
  /** Ends the waiting. It does not interrupt `critical`. */
  signal?: AbortSignal | undefined;
}

/** Mutual exclusion between processes. */
export interface Lock {
  /**
   * @throws StorageError `locked` when a living owner does not finish within a minute, or when the
   *   lock cannot be made; the signal's reason while waiting; what `critical` and `watch` throw
   */
  run<T>(work: LockedWork<T>): Promise<T>;
}

/** What the waiting for a lock needs. */
export interface WaitOptions {
  path: string;
  clock: Clock;
  random: Random;
}

/** The path and the times of a lock, and the process that takes it. */
export interface FileLockOptions extends WaitOptions {
  setting: NamingSetting;
  self: ThisProcess;
}

/** A lock that is a file; see `lock-file.ts` for why no two processes ever hold it. */
export function createFileLock(options: FileLockOptions): Lock {
  return waitingLock(options, () => createLockFile(options));
}

/** A lock that waits until `tryAcquire` of its file succeeds. */
export function waitingLock(
  { path, clock, random }: WaitOptions,
  open: () => LockFile | Promise<LockFile>,
): Lock {
  return {
    async run({ critical, watch, signal }) {
      signal?.throwIfAborted();
      const file = await open();
      const patience = patient(file, path, clock);
      try {
        for (;;) {
          const start = clock.monotonic();
          if (await file.tryAcquire()) break;
          const seen = await watch?.();
          if (seen !== undefined) return seen;
          await patience();
          await clock.sleep(pause(clock.monotonic() - start, random.uniform()), signal);
        }
        return await critical();
      } finally {
        await file.release();
      }
    },
  };
}

/** Milliseconds to pause after a try that took `look` milliseconds; `jitter` in [0, 1). */
function pause(look: number, jitter: number): number {
  const crowded = Math.min(look * PAUSES_PER_LOOK, PAUSE_CAP) * (0.5 + jitter);
  return Math.max(SHORTEST_PAUSE + jitter * (LONGEST_PAUSE - SHORTEST_PAUSE), crowded);
}

/** The outer lock, then the inner one: ours alone, then the one that is shared with Qwen Code. */
export function nestLocks(outer: Lock, inner: Lock): Lock {
  return {
    run: (work) => outer.run({ ...work, critical: () => inner.run(work) }),
  };
}

/** Measures how long the same holding of the lock has lasted. */
function patient(file: LockFile, path: string, clock: Clock): () => Promise<void> {
  let holding: string | undefined;
  let since = clock.monotonic();
  return async () => {
    const { key, holder } = file.inTheWay();
    if (key !== holding) {
      holding = key;
      since = clock.monotonic();
    } else if (clock.monotonic() - since > PATIENCE) {
      throw new StorageError(`${path} has been held for over a minute by ${holder}`, {
        code: 'locked',
        hint: `If that program hangs, end it; if there is none, delete ${path}.`,
      });
    }
  };
}
