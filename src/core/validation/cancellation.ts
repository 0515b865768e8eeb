import type { Clock } from '../ports.ts';
import type { StopCause } from './report.ts';

/** The end of a run before its time. */
export interface Cancellation {
  /** Aborted when nothing more is to be asked and nobody is to wait for what was. */
  readonly signal: AbortSignal;
  readonly cause: StopCause | undefined;
  /** The first cause holds. */
  end(cause: Exclude<StopCause, 'signal' | 'deadline'>): void;
  /** Ends the run with what is neither a result nor a wish: an error to be thrown. */
  breakOff(error: unknown): void;
}

/** @param deadline for the whole run, in milliseconds */
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
    end: (by) => end(by, new Error(`Ended: ${by}`)),
    breakOff: (error) => controller.abort(error),
  };
}

/** The time that one model has. It stands still while the model waits for others. */
export interface Deadline {
  /** The time there is, in milliseconds. */
  readonly ms: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
  /** Waits for something that does not count. */
  exempt<T>(waiting: Promise<T>): Promise<T>;
  /** Forgets the time, which would keep all that waits for it in memory until it is up. */
  release(): void;
}

export function createDeadline(clock: Clock, ms: number): Deadline {
  const controller = new AbortController();
  let exempted = 0;
  let granted = 0;
  let pauses = 0;
  let expired = false;

  let disarm = () => {};

  function arm(time: number): void {
    const limit = clock.timeout(time);
    const onUp = () => expire(limit.reason);
    limit.addEventListener('abort', onUp, { once: true });
    disarm = () => limit.removeEventListener('abort', onUp);
  }

  /** What was waited for in the meantime is granted on top. */
  function expire(reason: unknown): void {
    expired = true;
    if (pauses > 0) return;
    // A limit takes whole milliseconds only, and the monotonic clock counts parts of them.
    const more = Math.ceil(exempted - granted);
    if (more <= 0) {
      controller.abort(reason);
      return;
    }
    expired = false;
    granted += more;
    arm(more);
  }

  arm(ms);
  return {
    ms,
    signal: controller.signal,
    release: () => disarm(),
    async exempt(waiting) {
      const since = clock.monotonic();
      pauses += 1;
      try {
        return await waiting;
      } finally {
        pauses -= 1;
        exempted += clock.monotonic() - since;
        if (expired && pauses === 0) expire(new DOMException('The time is up', 'TimeoutError'));
      }
    },
  };
}
