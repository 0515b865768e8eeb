const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNKNOWN = 'an unknown time';

/**
 * ISO 8601 in UTC.
 * @param ms since the epoch; a stored or received time can be any number
 * @returns undefined for 0, which stands for no time, and for times that a `Date` cannot hold, above 8.64e15
 *   ms (the year 275760): there `toISOString` throws
 */
export function isoTime(ms: number): string | undefined {
  const date = new Date(ms);
  return ms === 0 || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/**
 * Local time with its offset: `2026-11-23 14:05 +01:00`; `an unknown time` when the time is invalid.
 * @param ms since the epoch
 */
export function absoluteTime(ms: number): string {
  const offset = -new Date(ms).getTimezoneOffset();
  const local = isoTime(ms) && isoTime(ms + offset * MINUTE);
  if (local === undefined) return UNKNOWN;
  const sign = offset < 0 ? '-' : '+';
  const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  const [date = '', time = ''] = local.split('T');
  return `${date} ${time.slice(0, 5)} ${sign}${two(offset / 60)}:${two(offset % 60)}`;
}

/** `2026-11-23 14:05 +01:00 (in 5 h)`. Both in ms since the epoch. */
export function fullTime(ms: number, now: number): string {
  return isoTime(ms) === undefined ? UNKNOWN : `${absoluteTime(ms)} (${relativeTime(ms, now)})`;
}

/** `expired 2026-11-23 14:05 +01:00 (2 h ago)`. Both in ms since the epoch. */
export function expiredText(ms: number, now: number): string {
  return isoTime(ms) === undefined ? `expires at ${UNKNOWN}` : `expired ${fullTime(ms, now)}`;
}

/** `in 5 h 59 min`, `12 min ago`: the two largest units. Both in ms since the epoch. */
export function relativeTime(ms: number, now: number): string {
  if (isoTime(ms) === undefined) return `at ${UNKNOWN}`;
  const distance = Math.abs(ms - now);
  const words =
    distance >= DAY
      ? units(distance, DAY, 'd', HOUR, 'h')
      : distance >= HOUR
        ? units(distance, HOUR, 'h', MINUTE, 'min')
        : units(distance, MINUTE, 'min', 1000, 's');
  return ms >= now ? `in ${words}` : `${words} ago`;
}

function units(ms: number, large: number, first: string, small: number, second: string): string {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  const parts = [whole > 0 ? `${whole} ${first}` : '', rest > 0 ? `${rest} ${second}` : ''];
  return parts.filter((part) => part !== '').join(' ') || `0 ${second}`;
}

/** `9:05`: minutes and seconds. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
