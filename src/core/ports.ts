/** Time. Tests replace it. All durations are milliseconds. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Monotonic clock, milliseconds from an arbitrary start: for durations. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with `signal.reason` as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts with a `TimeoutError` after `ms`. It does not keep the process alive. */
  timeout(ms: number): AbortSignal;
  /** Milliseconds since the epoch of an HTTP or ISO 8601 date, `NaN` if it is neither. */
  parseDate(text: string): number;
}

/** Random values. Tests replace them. */
export interface Random {
  /** Cryptographically strong bytes. */
  bytes(size: number): Uint8Array;
  /** A version 4 UUID. */
  uuid(): string;
  /** Uniform in [0, 1): for jitter, never for secrets. */
  uniform(): number;
}

/** Frees what nothing uses any more: V8 lets it pile up. */
export interface Collector {
  /** To be called before a question: nothing of the answer before it is large any more. */
  begin(): void;
  /** To be called for each piece of a stream. */
  afterPiece(bytes: number): void;
  /** To be called, also more than once, while one piece of JSON of an answer is large. */
  afterLarge(): void;
}

/**
 * After a signal the program ends hard within 2 s. This delays that end until the returned function
 * is called, by `limit` milliseconds at most. Only for work whose loss cannot be repaired.
 * `onWait` is called when a signal has to wait, and with `again` for each one after it.
 */
export type HoldEnd = (limit: number, onWait?: (again: boolean) => void) => () => void;
