/** What the core needs of the world and what tests replace. */

/** Time. All durations are milliseconds. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Monotonic clock in milliseconds from an arbitrary start: for measuring durations. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that is aborted with a `TimeoutError` after `ms`. It does not keep the process alive. */
  timeout(ms: number): AbortSignal;
  /** Milliseconds since the epoch of an HTTP or ISO 8601 date, `NaN` if it is neither. */
  parseDate(text: string): number;
}

/** Randomness. */
export interface Random {
  /** Cryptographically strong bytes. */
  bytes(size: number): Uint8Array;
  /** A version 4 UUID. */
  uuid(): string;
  /** Uniform in [0, 1): for jitter, never for secrets. */
  uniform(): number;
}

/**
 * Defers the hard end of the program, which follows soon after a signal, until the returned function
 * is called, for `limit` milliseconds at most. For work whose loss cannot be made good.
 * `onWait` is called once if a signal has to wait.
 */
export type HoldEnd = (limit: number, onWait?: () => void) => () => void;
