import { StorageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { createLockFile, type LockFile } from './lock-file.ts';
import type { ThisProcess } from './owner.ts';

/** Milliseconds between two looks of a waiter: 20 to 60, so that waiters do not march in step. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 60;
/**
 * Milliseconds after which an owner that lives but does not finish is given up: twice over what it
 * may take to wait for another client's lock (35 s), to refresh (10 s) and to save.
 */
const PATIENCE = 60_000;

export interface LockedWork<T> {
  /** Runs while the lock is held. Nobody interrupts it: it must bound itself. */
  critical: () => Promise<T>;
  /** Asked at every pause: what it resolves to, unless undefined, ends the waiting. */
  watch?: (() => Promise<T | undefined>) | undefined;
  /** Ends the waiting; the critical part does not listen to it. */
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

export interface FileLockOptions {
  path: string;
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

/** A lock that is a file; see `lock-file.ts` for why no two processes ever hold it. */
export function createFileLock(options: FileLockOptions): Lock {
  const { path, clock, random } = options;
  return {
    async run({ critical, watch, signal }) {
      signal?.throwIfAborted();
      const file = await createLockFile(options);
      const patience = patient(file, path, clock);
      while (!(await file.tryAcquire())) {
        const seen = await watch?.();
        if (seen !== undefined) return seen;
        await patience();
        const jitter = random.uniform() * (LONGEST_PAUSE - SHORTEST_PAUSE);
        await clock.sleep(SHORTEST_PAUSE + jitter, signal);
      }
      try {
        return await critical();
      } finally {
        await file.release();
      }
    },
  };
}

/**
 * The outer lock, then the inner one. The outer is ours alone; the inner is shared with Qwen Code,
 * which deletes it when any of its processes exits, whoever holds it. Without the outer lock our own
 * processes would then refresh side by side.
 */
export function nestLocks(outer: Lock, inner: Lock): Lock {
  return {
    run: (work) => outer.run({ ...work, critical: () => inner.run(work) }),
  };
}

/** Counts how long one and the same holding of the lock has been in the way. */
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
