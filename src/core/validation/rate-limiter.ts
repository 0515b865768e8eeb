import { readRefusal, withText } from '../http/body.ts';
import type { Send } from '../http/message.ts';
import { requestedDelay } from '../http/requested-delay.ts';
import { RETRY_AFTER_CAP } from '../http/retry.ts';
import type { Clock, Random } from '../ports.ts';

/**
 * Limits how many requests of a run are in flight. Unlimited until the first 429. A 429 closes the
 * gate for all models until the time that it names ({@link requestedDelay}), or a back-off, has passed.
 * Then one request is sent at a time, and one more at a time for every two that succeed.
 */
export interface RateLimiter {
  /** Wraps the transport, where the head and the body of a refusal are visible. */
  observe(send: Send): Send;
  /**
   * Waits until a request may be sent. Requests that had a 429 before (`again`) go first. Resolves
   * to true for the first request after the gate reopens: no other request is in flight then.
   * @throws the reason of `signal`
   */
  acquire(signal: AbortSignal, again: boolean): Promise<boolean>;
  /** The request succeeded, or failed for another reason than a rate limit. */
  release(succeeded: boolean): void;
  /** The request had a 429. False when the server asks for a wait of more than a minute. */
  rejected(): boolean;
  /** How long the gate has been closed in all, in milliseconds. */
  closed_ms(): number;
}

/** What a rate limiter needs from outside. */
export interface RateLimiterOptions {
  clock: Clock;
  random: Random;
  /** Aborted at the end of the run. */
  signal: AbortSignal;
  /** Called when the gate closes, with the wait in milliseconds. */
  onWait?: ((ms: number) => void) | undefined;
}

type Admit = (first: boolean) => void;

/** The rate limiter of one run. It admits any number of requests until the first 429. */
export function createRateLimiter({
  clock,
  random,
  signal,
  onWait,
}: RateLimiterOptions): RateLimiter {
  /** Requests that had a 429 before, then the others. */
  const queues: [again: Admit[], fresh: Admit[]] = [[], []];
  let sending = 0;
  let at_once = Infinity;
  /** Requests with a 429 that named a time, and so closed the gate already. */
  let announced = 0;
  let first = false;
  /** On the monotonic clock, in milliseconds, like the times below. */
  let opens_at = 0;
  let too_long_until = 0;
  let closed_since: number | undefined;
  let closed_before = 0;
  /** How often the gate has closed since the last success. */
  let closings = 0;

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
    closings += 1;
    if (ms > 0) onWait?.(ms);
    void open();
  }

  async function open(): Promise<void> {
    try {
      for (let left = opens_at - clock.monotonic(); left > 0; left = opens_at - clock.monotonic()) {
        await clock.sleep(left, signal);
      }
    } catch {
      // The run has ended. The same signal rejects the waiting requests.
    }
    closed_before += clock.monotonic() - (closed_since ?? 0);
    closed_since = undefined;
    first = true;
    admit();
  }

  return {
    observe: (send) => async (request) => {
      const answered = await send(request);
      if (answered.status !== 429) return answered;
      const body = await readRefusal(answered);
      const response = withText(answered, body);
      const requested = requestedDelay(response, body, clock);
      if (requested !== undefined && requested <= RETRY_AFTER_CAP) {
        announced += 1;
        // A server that says 0 again and again does not mean it.
        close(Math.max(requested, closings === 0 ? 0 : backoffDelay(closings, random)));
      } else if (requested !== undefined) too_long_until = clock.monotonic() + requested;
      return response;
    },

    acquire: (signal, again) =>
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

    release(succeeded) {
      sending -= 1;
      if (succeeded) {
        closings = 0;
        if (isOpen()) at_once += 0.5;
      } else if (announced > 0) announced -= 1;
      admit();
    },

    rejected() {
      sending -= 1;
      const too_long = clock.monotonic() < too_long_until;
      if (announced > 0) announced -= 1;
      else if (isOpen() && !too_long) close(backoffDelay(closings + 1, random));
      return !too_long;
    },

    closed_ms: () =>
      closed_before + (closed_since === undefined ? 0 : clock.monotonic() - closed_since),
  };
}

/**
 * Milliseconds to wait before retry number `attempt` (1 is the first) when the server names no time:
 * 500 ms, doubled each time, at most 48 s, plus or minus 25 % at random. The retries of the HTTP layer
 * stop at 8 s because a person waits for them; a validation run in CI can wait longer.
 */
export function backoffDelay(attempt: number, random: Random): number {
  const ms = Math.min(500 * 2 ** (attempt - 1), RETRY_AFTER_CAP / 1.25);
  return Math.round(ms * (0.75 + random.uniform() * 0.5));
}
