import type { Send } from '../http/message.ts';
import { RETRY_AFTER_CAP } from '../http/retry.ts';
import type { Clock, Random } from '../ports.ts';

/**
 * The pace of the whole run. As long as nobody is refused, it holds nobody up. A rate limit (429)
 * closes one gate for all: nothing is sent before the server wants it (`Retry-After`, RFC 9110
 * §10.2.3); then requests go one at a time, and one more at a time for every two that got through.
 */
export interface RateLimiter {
  /** To be put around the transport, which alone sees what a server wants. */
  listen(send: Send): Send;
  /**
   * Resolves when a request may be sent; those that were refused before go first. True when it is
   * the first after a wait: if it is refused again, nobody else was in its way.
   */
  enter(signal: AbortSignal, again: boolean): Promise<boolean>;
  /** The request that entered has got through, or failed for another reason. */
  leave(through: boolean): void;
  /** The request that entered was refused. False when waiting for another try is hopeless. */
  refused(): boolean;
  /** How long the gate was closed so far, in milliseconds. */
  closed_ms(): number;
}

export interface RateLimiterOptions {
  clock: Clock;
  random: Random;
  /** The end of the run. */
  signal: AbortSignal;
  onWait?: ((ms: number) => void) | undefined;
}

type Admit = (first: boolean) => void;

export function createRateLimiter({
  clock,
  random,
  signal,
  onWait,
}: RateLimiterOptions): RateLimiter {
  /** Whoever was refused before, and whoever was not yet. */
  const queues: [again: Admit[], fresh: Admit[]] = [[], []];
  let sending = 0;
  let at_once = Infinity;
  let first = false;
  /** On the monotonic clock. */
  let opens_at = 0;
  let hopeless_until = 0;
  let closed_since: number | undefined;
  let closed_before = 0;
  /** Times the gate was closed since a request got through. */
  let fruitless = 0;

  const isOpen = () => closed_since === undefined;

  function admit(): void {
    while (isOpen() && sending < Math.floor(at_once)) {
      const next = queues[0].shift() ?? queues[1].shift();
      if (next === undefined) return;
      sending += 1;
      next(first);
      first = false;
    }
  }

  function close(ms: number): void {
    const now = clock.monotonic();
    opens_at = Math.max(opens_at, now + ms);
    at_once = 1;
    if (closed_since !== undefined) return;
    closed_since = now;
    fruitless += 1;
    onWait?.(ms);
    void open();
  }

  async function open(): Promise<void> {
    try {
      for (let left = opens_at - clock.monotonic(); left > 0; left = opens_at - clock.monotonic()) {
        await clock.sleep(left, signal);
      }
    } catch {
      // The run is over, and whoever waits here knows it by the same signal.
    }
    closed_before += clock.monotonic() - (closed_since ?? 0);
    closed_since = undefined;
    first = true;
    admit();
  }

  return {
    listen: (send) => async (request) => {
      const response = await send(request);
      const told = response.status === 429 ? retryAfter(response.headers, clock) : undefined;
      if (told !== undefined && told <= RETRY_AFTER_CAP) close(told);
      else if (told !== undefined) hopeless_until = clock.monotonic() + told;
      return response;
    },

    enter: (signal, again) =>
      new Promise((resolve, reject) => {
        const queue = queues[again ? 0 : 1];
        const leaveQueue = () => {
          queue.splice(queue.indexOf(start), 1);
          reject(signal.reason as Error);
        };
        const start: Admit = (first) => {
          signal.removeEventListener('abort', leaveQueue);
          resolve(first);
        };
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        signal.addEventListener('abort', leaveQueue, { once: true });
        queue.push(start);
        admit();
      }),

    leave(through) {
      sending -= 1;
      if (through) {
        fruitless = 0;
        if (isOpen()) at_once += 0.5;
      }
      admit();
    },

    refused() {
      sending -= 1;
      const hopeless = clock.monotonic() < hopeless_until;
      if (isOpen() && !hopeless) close(backoff(fruitless + 1, random));
      return !hopeless;
    },

    closed_ms: () =>
      closed_before + (closed_since === undefined ? 0 : clock.monotonic() - closed_since),
  };
}

/**
 * Milliseconds to wait before the try with this number, the first being 1, when nobody says how
 * long: half a second, doubled each time, a minute at most, with jitter.
 */
export function backoff(attempt: number, random: Random): number {
  const ms = Math.min(500 * 2 ** (attempt - 1), RETRY_AFTER_CAP / 1.25);
  return Math.round(ms * (0.75 + random.uniform() * 0.5));
}

/** Milliseconds that a server wants to be left alone (RFC 9110 §10.2.3), if it says so. */
export function retryAfter(
  headers: Readonly<Record<string, string>>,
  clock: Clock,
): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value)
    ? Number(value) * 1000
    : clock.parseDate(value) - clock.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
