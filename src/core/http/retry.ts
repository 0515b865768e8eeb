import { NetworkError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { readText, withText } from './body.ts';
import type { HttpRequest, HttpResponse, Send } from './message.ts';

export const DEFAULT_MAX_RETRIES = 2;

/** No server makes a user wait longer than this between two tries, in milliseconds. */
export const RETRY_AFTER_CAP = 60_000;

const RETRIED_STATUSES = new Set([429, 500, 502, 503, 504]);
/** Connections that failed before the first byte of an answer. */
const RETRIED_CODES = new Set(['connection_refused', 'connection_reset']);
/** An error answer is small; more of it than this is not worth reading, in bytes. */
const REFUSAL_CAP = 1024 * 1024;

export interface Retry {
  /** 1 for the first retry. */
  attempt: number;
  delay_ms: number;
  status?: number;
  reason: string;
}

export interface RetryOptions {
  clock: Clock;
  random: Random;
  max_retries?: number;
  /** True for a refusal that no waiting can change, such as an exhausted quota. */
  permanent?: (status: number, body: string) => boolean;
  onRetry?: (retry: Retry) => void;
}

/**
 * Tries again what may pass by itself: a connection refused or reset before the first byte, and
 * 429, 500, 502, 503, 504. Waits as `Retry-After` says (RFC 9110 §10.2.3), else half a second,
 * doubled each time, with jitter. Only the head of an answer is waited for: once it is handed
 * out, nothing is repeated. A refusal's body is buffered, so that it can be read again.
 * @throws what `send` throws, after the last try
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
      const delay_ms = retryAfter(response, clock) ?? backoff(attempt, random);
      options.onRetry?.({
        attempt,
        delay_ms,
        ...(response && { status: response.status }),
        reason: response
          ? `${response.host} answered HTTP ${response.status}`
          : (outcome as { error: Error }).error.message,
      });
      await clock.sleep(delay_ms, request.signal);
    }
  };
}

type Outcome = { response: HttpResponse; retry: boolean } | { error: unknown; retry: boolean };

async function tryOnce(send: Send, request: HttpRequest, options: RetryOptions): Promise<Outcome> {
  let response: HttpResponse;
  try {
    response = await send(request);
  } catch (error) {
    const retry = error instanceof NetworkError && RETRIED_CODES.has(error.code);
    return { error, retry };
  }
  if (!RETRIED_STATUSES.has(response.status)) return { response, retry: false };
  const body = await readText(response, REFUSAL_CAP);
  const retry = !(options.permanent?.(response.status, body) ?? false);
  return { response: withText(response, body), retry };
}

function retryAfter(response: HttpResponse | undefined, clock: Clock): number | undefined {
  const value = response?.headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, RETRY_AFTER_CAP);
  const ms = clock.parseDate(value) - clock.now();
  // A date that has passed is no leave to hurry: the server's clock may be behind ours.
  return ms > 0 ? Math.min(ms, RETRY_AFTER_CAP) : undefined;
}

function backoff(attempt: number, random: Random): number {
  const base = Math.min(500 * 2 ** (attempt - 1), 8000);
  return Math.round(base * (0.75 + random.uniform() * 0.5));
}
