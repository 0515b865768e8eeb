const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-23 14:05 +01:00`: local time that needs no guessing. `ms` since the epoch. */
export function absoluteTime(ms: number): string {
  const date = new Date(ms);
  const offset = -date.getTimezoneOffset();
  const local = new Date(ms + offset * MINUTE).toISOString();
  const sign = offset < 0 ? '-' : '+';
  const two = (value: number) => String(Math.trunc(Math.abs(value))).padStart(2, '0');
  return `${local.slice(0, 10)} ${local.slice(11, 16)} ${sign}${two(offset / 60)}:${two(offset % 60)}`;
}

/** `in 5 h 59 min`, `12 min ago`: the two largest units. Both in ms since the epoch. */
export function relativeTime(ms: number, now: number): string {
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
