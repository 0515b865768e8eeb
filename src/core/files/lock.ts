import { StorageError } from '../errors.ts';
import type { NamingSetting } from './storage-error.ts';
import type { Clock, Random } from '../ports.ts';
import { createLockFile, type LockFile } from './lock-file.ts';
import type { ThisProcess } from './owner.ts';

/**
 * Milliseconds between two attempts to take a lock. Random, so that waiting processes do not check at
 * the same moment.
 */
const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 60;
/**
 * A pause is at least 20 times the last check (10 to 30 times, at random), at most 1 s (0.5 to 1.5 s),
 * so that 100 waiting processes leave CPU time to the owner.
 */
const PAUSE_PER_CHECK = 20;
const MAX_SCALED_PAUSE_MS = 1000;
/**
 * Milliseconds after which waiting for the same living owner fails. An owner needs less: 35 s for the
 * lock of another client, 10 s to refresh, and the time to save.
 */
const OWNER_TIMEOUT_MS = 60_000;

/** Milliseconds of waiting after which the user is told. A pause between two attempts can be added. */
const TELL_AFTER_MS = 1000;

/** Work that needs a lock, and what ends the waiting for it. */
export interface LockedWork<T> {
  /** Runs while the lock is held. It is not interrupted. It needs a time limit of its own. */
  critical: () => Promise<T>;
  /** Called before every pause. A result other than undefined ends the waiting and is returned. */
  watch?: (() => Promise<T | undefined>) | undefined;
  /** Ends the waiting. It does not interrupt `critical`. */
  signal?: AbortSignal | undefined;
}

/** Mutual exclusion between processes. */
export interface Lock {
  /**
   * @throws StorageError `locked` when a living owner does not finish within 60 s; StorageError
   *   `symlink`, `not_a_file`, `too_large` or the codes of {@link storageError} when the lock cannot be
   *   read or created; the signal's reason while waiting; the errors of `critical` and `watch`
   */
  run<T>(work: LockedWork<T>): Promise<T>;
}

/** What the waiting for a lock needs. */
export interface WaitOptions {
  path: string;
  clock: Clock;
  random: Random;
  /** Called once if the lock is not free at once: a person may wait for the other process. */
  onNotice?: ((notice: { code: 'waiting_for_lock'; message: string }) => void) | undefined;
}

/** The path and the times of a lock, and the process that takes it. */
export interface FileLockOptions extends WaitOptions {
  setting: NamingSetting;
  self: ThisProcess;
}

/** A lock that is a file. {@link createLockFile} has the algorithm. */
export function createFileLock(options: FileLockOptions): Lock {
  return waitingLock(options, () => createLockFile(options));
}

/** A lock that waits until `tryAcquire` of its file succeeds. */
export function waitingLock(
  { path, clock, random, onNotice }: WaitOptions,
  open: () => LockFile | Promise<LockFile>,
): Lock {
  return {
    async run({ critical, watch, signal }) {
      signal?.throwIfAborted();
      const file = await open();
      const requireProgress = ownerTimeout(file, path, clock);
      const began = clock.monotonic();
      let told = false;
      try {
        for (;;) {
          const start = clock.monotonic();
          if (await file.tryAcquire()) break;
          const seen = await watch?.();
          if (seen !== undefined) return seen;
          requireProgress();
          if (!told && clock.monotonic() - began >= TELL_AFTER_MS) {
            told = true;
            const holder = file.blocker()?.holder ?? 'another process';
            onNotice?.({
              code: 'waiting_for_lock',
              message: `Waiting for ${holder}, which holds ${path}`,
            });
          }
          await clock.sleep(pause(clock.monotonic() - start, random.uniform()), signal);
        }
        return await critical();
      } finally {
        await file.release();
      }
    },
  };
}

/** Milliseconds to pause after a check that took `check_ms`; `jitter` in [0, 1). */
function pause(check_ms: number, jitter: number): number {
  const scaled = Math.min(check_ms * PAUSE_PER_CHECK, MAX_SCALED_PAUSE_MS) * (0.5 + jitter);
  return Math.max(MIN_PAUSE_MS + jitter * (MAX_PAUSE_MS - MIN_PAUSE_MS), scaled);
}

/** Takes the outer lock, then the inner one: that of this program, then that of Qwen Code. */
export function nestLocks(outer: Lock, inner: Lock): Lock {
  return {
    run: (work) => outer.run({ ...work, critical: () => inner.run(work) }),
  };
}

/**
 * Measures how long the same owner has held the lock. Call the result after each attempt that failed.
 * It throws StorageError `locked` after 60 s with the same owner.
 */
function ownerTimeout(file: LockFile, path: string, clock: Clock): () => void {
  let last_key: string | undefined;
  let since = clock.monotonic();
  return () => {
    const blocker = file.blocker();
    if (blocker?.key !== last_key) {
      last_key = blocker?.key;
      since = clock.monotonic();
    } else if (clock.monotonic() - since > OWNER_TIMEOUT_MS) {
      const holder = blocker?.holder ?? 'another program';
      throw new StorageError(`${path} has been held for over a minute by ${holder}`, {
        code: 'locked',
        hint: `If that program hangs, end it; if there is none, delete ${path}.`,
      });
    }
  };
}
