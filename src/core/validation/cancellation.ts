import type { Clock } from '../ports.ts';
import type { StopCause } from './report.ts';

/** Ends a run early. */
export interface Cancellation {
  /** Once aborted: start no request, and cancel those in flight. */
  readonly signal: AbortSignal;
  /** Undefined while the run goes on, and after `fail`. */
  readonly cause: StopCause | undefined;
  /** Ends the run. Only the first cause counts. */
  cancel(cause: Exclude<StopCause, 'signal' | 'deadline'>): void;
  /** Ends the run with an unexpected error, which the caller throws. */
  fail(error: unknown): void;
}

/**
 * @param signal of the program: SIGINT, SIGTERM, SIGHUP
 * @param deadline for the whole run, in milliseconds
 */
export function createCancellation(
  clock: Clock,
  signal: AbortSignal,
  deadline: number | undefined,
): Cancellation {
  const controller = new AbortController();
  let cause: StopCause | undefined;
  const end = (by: StopCause, reason: unknown) => {
    if (controller.signal.aborted) return;
    cause = by;
    controller.abort(reason);
  };
  const follow = (other: AbortSignal, by: StopCause) => {
    if (other.aborted) end(by, other.reason);
    else other.addEventListener('abort', () => end(by, other.reason), { once: true });
  };
  follow(signal, 'signal');
  if (deadline !== undefined) follow(clock.timeout(deadline), 'deadline');
  return {
    signal: controller.signal,
    get cause() {
      return cause;
    },
    cancel: (by) => end(by, new Error(`Ended: ${by}`)),
    fail: (error) => controller.abort(error),
  };
}

/**
 * The time that one model has. The clock is paused while the model waits for other models: while all
 * of its attempts do, if several run side by side.
 */
export interface Deadline {
  /** The time allowed, in milliseconds. */
  readonly ms: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
  /** Runs one attempt, which can pause the clock. */
  during<T>(attempt: () => Promise<T>): Promise<T>;
  /** Pauses the clock until the promise settles. */
  pauseFor<T>(waiting: Promise<T>): Promise<T>;
  /** Removes the timer's listener, which would keep the model's data in memory until it fires. */
  clear(): void;
}

/** Starts the clock of a model: `ms` milliseconds, pauses not counted. */
export function createDeadline(clock: Clock, ms: number): Deadline {
  const controller = new AbortController();
  let paused_ms = 0;
  let added_ms = 0;
  let attempts = 0;
  let pauses = 0;
  /** On the monotonic clock; undefined while the clock runs. */
  let paused_since: number | undefined;
  let expired = false;

  let disarm = () => {};

  function arm(time: number): void {
    const limit = clock.timeout(time);
    const onUp = () => expire(limit.reason);
    limit.addEventListener('abort', onUp, { once: true });
    disarm = () => limit.removeEventListener('abort', onUp);
  }

  /** Adds the time of the pauses, or ends the model's time. */
  function expire(reason: unknown): void {
    expired = true;
    if (paused_since !== undefined) return;
    // A timer takes whole milliseconds, the monotonic clock counts fractions.
    const more = Math.ceil(paused_ms - added_ms);
    if (more <= 0) {
      controller.abort(reason);
      return;
    }
    expired = false;
    added_ms += more;
    arm(more);
  }

  /** Call it after every change of `attempts` and `pauses`. */
  function update(): void {
    const paused = pauses > 0 && pauses >= attempts;
    if (paused === (paused_since !== undefined)) return;
    if (paused_since === undefined) {
      paused_since = clock.monotonic();
      return;
    }
    paused_ms += clock.monotonic() - paused_since;
    paused_since = undefined;
    if (expired) expire(new DOMException('The time is up', 'TimeoutError'));
  }

  async function counted<T>(change: (by: number) => void, work: () => Promise<T>): Promise<T> {
    change(1);
    update();
    try {
      return await work();
    } finally {
      change(-1);
      update();
    }
  }

  arm(ms);
  return {
    ms,
    signal: controller.signal,
    clear: () => disarm(),
    during: (attempt) => counted((by) => (attempts += by), attempt),
    pauseFor: (waiting) =>
      counted(
        (by) => (pauses += by),
        () => waiting,
      ),
  };
}
