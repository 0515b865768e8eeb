import { RETRY_AFTER_CAP } from '../http/retry.ts';
import type { Clock, Random } from '../ports.ts';

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
