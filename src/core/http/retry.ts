import { NetworkError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { readRefusal, withText } from './body.ts';
import type { Failure, HttpRequest, HttpResponse, Retries, Send, Timeouts } from './message.ts';
import { duration, limitsOf, timeoutError } from './timeouts.ts';

/** Retries after the first attempt, unless the user sets another number. */
export const DEFAULT_MAX_RETRIES = 2;

/** The longest wait for a server that names a time, in milliseconds: a person or a CI job waits for it. */
export const RETRY_AFTER_CAP = 60_000;

/**
 * Statuses of failures of the server that can pass: a retry may succeed. Those from 520 on are
 * Cloudflare's, 529 is Anthropic's. 429 is not among them, nor is 409, which says so itself.
 */
export const TRANSIENT_STATUSES: ReadonlySet<number | undefined> = new Set([
  408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529,
]);
/** Codes of a {@link NetworkError} before the first byte of a response: a retry may succeed. */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'connection_refused',
  'connection_reset',
  // A container may start before its network.
  'dns_unavailable',
]);
/** Milliseconds between two requests to a server that loads its model. */
const LOADING_INTERVAL = 2000;

/** An announcement of a retry. */
export interface Retry {
  delay_ms: number;
  /** Why the attempt failed, as a sentence. */
  reason: string;
}

/**
 * What a refusal with a status that can pass means: it is `passing`, no wait changes it (`final`, as
 * for an exhausted quota), or the model is `loading`, which takes minutes.
 */
export type Judge = (status: number, body: string) => Permanence | Promise<Permanence>;

/** See {@link Judge}. */
export type Permanence = 'passing' | 'final' | 'loading';

/** When and how often a refused request is sent again. */
export interface RetryOptions {
  clock: Clock;
  random: Random;
  /** Default {@link DEFAULT_MAX_RETRIES}. */
  max_retries?: number;
  /** Limits that the user sets. `headers` also limits the wait for a model that loads. */
  timeouts?: Partial<Timeouts>;
  /** By default every refusal is `passing`. */
  judge?: Judge;
  /** A point in time for people, in milliseconds since the epoch. By default only the wait is named. */
  timeText?: (at: number) => string;
  /** Called before the wait. */
  onRetry?: (retry: Retry) => void;
  /** Called once before the wait for a model that `host` loads, which takes `limit_ms` at most. */
  onLoading?: (wait: { host: string; limit_ms: number }) => void;
}

/** Starts without a retry. `limits` are those of the request. */
export function createRetries(options: RetryOptions, limits: Timeouts): Retries {
  const { clock, random, max_retries = DEFAULT_MAX_RETRIES, onRetry, onLoading } = options;
  let retries = 0;
  let loading_since: number | undefined;

  async function waitForModel({ host = '', delay_ms }: Failure, signal?: AbortSignal) {
    const limit_ms = limits.headers;
    if (loading_since === undefined) {
      loading_since = clock.monotonic();
      onLoading?.({ host, limit_ms });
    }
    const left = loading_since + limit_ms - clock.monotonic();
    if (left <= 0) throw timeoutError('loading', { name: host }, limits);
    await clock.sleep(Math.min(delay_ms ?? LOADING_INTERVAL, left), signal);
  }

  let reason: string | undefined;
  return {
    get reason() {
      return reason;
    },
    async again(failure, signal) {
      ({ reason } = failure);
      if (failure.loading) {
        await waitForModel(failure, signal);
        return true;
      }
      if (!(retries < max_retries)) return false;
      retries += 1;
      const delay_ms = failure.delay_ms ?? jitteredDelay(retries, random);
      onRetry?.({ delay_ms, reason: failure.reason });
      await clock.sleep(delay_ms, signal);
      return true;
    },
  };
}

/**
 * Sends a request again after a failure that can pass: a connection refused or reset before the first
 * byte, no name server that answers, 429, a status of {@link TRANSIENT_STATUSES}, 409 where the server says that it passes, and what
 * `x-should-retry` says (as the OpenAI SDK reads it). Waits for the time that the server names
 * (`requestedDelay`), else 0.5 s, doubled for each retry up to 8 s, with a jitter of 25 %.
 * A wait of more than a minute is not begun; `busy_until` of the response names its end.
 * Resolves with the head of the response; the caller can repeat what fails after that with the
 * `retries` of the request. The body of an error is buffered, so that the caller can read it again.
 * @throws the errors of {@link Send}, after the last attempt; those of {@link Retries}
 */
export function withRetries(send: Send, options: RetryOptions): Send {
  return async (request) => {
    const retries = request.retries ?? createRetries(options, limitsOf(request, options.timeouts));
    for (;;) {
      const { reason } = retries;
      const tried = reason === undefined ? request : { ...request, again: reason };
      const outcome = await tryOnce(send, tried, options);
      const { failure } = outcome;
      if (failure && (await retries.again(failure, request.signal))) continue;
      if ('response' in outcome) return outcome.response;
      throw outcome.error;
    }
  };
}

/** `failure` if it can pass. */
type Attempt = ({ response: HttpResponse } | { error: unknown }) & { failure?: Failure };

async function tryOnce(send: Send, request: HttpRequest, options: RetryOptions): Promise<Attempt> {
  let response: HttpResponse;
  try {
    response = await send(request);
  } catch (error) {
    const passing = error instanceof NetworkError && TRANSIENT_CODES.has(error.code);
    return passing ? { error, failure: { reason: error.message } } : { error };
  }
  if (!mayPass(response)) return { response };
  const body = await readRefusal(response);
  const { requestedDelay } = await import('./requested-delay.ts');
  const delay_ms = requestedDelay(response, body, options.clock);
  const read = { ...withText(response, body), ...busyUntil(delay_ms, options) };
  const permanence = await judge(response, body, options.judge);
  const loading = permanence === 'loading';
  if (permanence === 'final' || (read.busy_until && !loading)) return { response: read };
  const { host, status } = response;
  const failure = {
    reason: `${host} answered HTTP ${status}`,
    host,
    loading,
    delay_ms,
  };
  return { response: read, failure };
}

/** Milliseconds. A longer wait is a mistake of the server: no `Date` may hold its end. */
const YEAR = 366 * 24 * 3_600_000;

function busyUntil(
  delay_ms: number | undefined,
  { clock, timeText }: RetryOptions,
): Pick<HttpResponse, 'busy_until'> {
  if (delay_ms === undefined || delay_ms <= RETRY_AFTER_CAP) return {};
  if (delay_ms > YEAR) return { busy_until: 'in more than a year' };
  const seconds = Math.round(delay_ms / 1000);
  return { busy_until: timeText?.(clock.now() + delay_ms) ?? `in ${duration(seconds * 1000)}` };
}

/** Whether the head of a response leaves it open that a retry succeeds. */
function mayPass({ status, headers }: HttpResponse): boolean {
  const wanted = headers['x-should-retry']?.trim().toLowerCase();
  if (status < 400 || wanted === 'false') return false;
  return wanted === 'true' || status === 409 || status === 429 || TRANSIENT_STATUSES.has(status);
}

async function judge(
  { status, headers }: HttpResponse,
  body: string,
  known?: Judge,
): Promise<Permanence> {
  const permanence = (await known?.(status, body)) ?? 'passing';
  if (status === 429 || TRANSIENT_STATUSES.has(status) || permanence === 'loading')
    return permanence;
  const asked = ['x-should-retry', 'retry-after', 'retry-after-ms'].some((name) => name in headers);
  return asked || (status === 409 && PASSING_CONFLICT.test(body)) ? 'passing' : 'final';
}

/** A conflict with something that ends, such as a lock, in the words of servers. */
const PASSING_CONFLICT =
  /\b(lock(ed)?|lock time-?out|busy|in progress|concurrent(ly)?|being (updated|modified|loaded|created)|try(ing)? (it |your request )?again|retry)\b/i;

/** Milliseconds to wait before retry number `attempt`, the first being 1. */
function jitteredDelay(attempt: number, random: Random): number {
  const base = Math.min(500 * 2 ** (attempt - 1), 8000);
  return Math.round(base * (0.75 + random.uniform() * 0.5));
}
