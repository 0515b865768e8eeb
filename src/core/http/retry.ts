import { NetworkError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { readText, withText } from './body.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';

/** Retries after the first attempt, unless the user sets another number. */
export const DEFAULT_MAX_RETRIES = 2;

/** The longest wait between two attempts that a server can ask for, in milliseconds. */
export const RETRY_AFTER_CAP = 60_000;

const TOO_MANY_REQUESTS = 429;
/** Statuses of failures of the server that can pass: a retry may succeed. 429 is not among them. */
export const TRANSIENT_STATUSES: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504]);
/** Codes of a {@link NetworkError} before the first byte of a response: a retry may succeed. */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'connection_refused',
  'connection_reset',
]);
/** Bytes of an error response that are read at most. */
const ERROR_BODY_CAP = 1024 * 1024;

/** An announcement of a retry. */
export interface Retry {
  delay_ms: number;
  /** Why the attempt failed, as a sentence. */
  reason: string;
}

/** When and how often a refused request is sent again. */
export interface RetryOptions {
  clock: Clock;
  random: Random;
  /** Default {@link DEFAULT_MAX_RETRIES}. */
  max_retries?: number;
  /** Whether no wait changes the refusal, as for an exhausted quota. */
  permanent?: (status: number, body: string) => boolean;
  /** Called before the wait. */
  onRetry?: (retry: Retry) => void;
}

/**
 * Sends a request again after a transient failure: a connection refused or reset before the first
 * byte, or 429, 500, 502, 503, 504. Waits for the time in `Retry-After` (RFC 9110 §10.2.3), else
 * 0.5 s, doubled for each retry up to 8 s, with a jitter of 25 %. Resolves with the head of the
 * response; after that nothing is repeated. The body of an error is buffered, so that the caller can
 * read it again.
 * @throws the errors of {@link Send}, after the last attempt; the reason of the signal while waiting
 */
export function withRetries(send: Send, options: RetryOptions): Send {
  const { clock, random, max_retries = DEFAULT_MAX_RETRIES } = options;

  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryOnce(send, request, options);
      if ('response' in outcome && !outcome.retry) return outcome.response;
      if (attempt > max_retries || !outcome.retry) {
        if ('response' in outcome) return outcome.response;
        throw outcome.error;
      }
      const response = 'response' in outcome ? outcome.response : undefined;
      const delay_ms = requestedDelay(response, clock) ?? jitteredDelay(attempt, random);
      options.onRetry?.({
        delay_ms,
        reason: response
          ? `${response.host} answered HTTP ${response.status}`
          : (outcome as { error: Error }).error.message,
      });
      await clock.sleep(delay_ms, request.signal);
    }
  };
}

type Attempt = { response: HttpResponse; retry: boolean } | { error: unknown; retry: boolean };

async function tryOnce(send: Send, request: HttpRequest, options: RetryOptions): Promise<Attempt> {
  let response: HttpResponse;
  try {
    response = await send(request);
  } catch (error) {
    const retry = error instanceof NetworkError && TRANSIENT_CODES.has(error.code);
    return { error, retry };
  }
  const { status } = response;
  if (status !== TOO_MANY_REQUESTS && !TRANSIENT_STATUSES.has(status)) {
    return { response, retry: false };
  }
  const body = await readText(response, ERROR_BODY_CAP);
  const retry = !(options.permanent?.(status, body) ?? false);
  return { response: withText(response, body), retry };
}

/** Milliseconds that `Retry-After` asks for, up to the cap. */
function requestedDelay(response: HttpResponse | undefined, clock: Clock): number | undefined {
  const value = response?.headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, RETRY_AFTER_CAP);
  const ms = clock.parseDate(value) - clock.now();
  // A date in the past comes from clock skew, so that the usual delay is used.
  return ms > 0 ? Math.min(ms, RETRY_AFTER_CAP) : undefined;
}

/** Milliseconds to wait before retry number `attempt`, the first being 1. */
function jitteredDelay(attempt: number, random: Random): number {
  const base = Math.min(500 * 2 ** (attempt - 1), 8000);
  return Math.round(base * (0.75 + random.uniform() * 0.5));
}
