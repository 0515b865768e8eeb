import type { Clock } from '../ports.ts';

/** The time that one model has. It stands still while the model waits for others. */
export interface Bound {
  /** The time there is, in milliseconds. */
  readonly ms: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
  /** Waits for something that does not count. */
  exempt<T>(waiting: Promise<T>): Promise<T>;
  /** Forgets the time, which would keep all that waits for it in memory until it is up. */
  release(): void;
}

export function createBound(clock: Clock, ms: number): Bound {
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
