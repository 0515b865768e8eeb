import { isFields, jsonOrUndefined } from '../json.ts';
import type { Clock } from '../ports.ts';
import type { HttpResponse } from './message.ts';

type Headers = HttpResponse['headers'];

/** The delay of Google's `RetryInfo` (google.rpc, protobuf's JSON form of a duration). */
const RETRY_INFO = /"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"/;
/** `Please try again in 7.66s` (OpenAI, Groq), `Please retry after 37 seconds` (Azure). */
const SAID = /\b(?:try again|retry) (?:in|after) (\d[\d.]{0,9} ?(?:[a-z]+(?:[\d.]{1,9}[a-z]+)*))/i;
/** Milliseconds. The buckets of OpenAI and Groq fill all the time: for a full one nobody has to wait. */
const LONGEST_REFILL = 60_000;
const [EPOCH_S, EPOCH_MS] = [1e9, 1e12];

/**
 * Milliseconds that a refusal asks a client to wait: in `retry-after-ms` (Azure, OpenAI), `Retry-After`
 * (RFC 9110 §10.2.3), Google's `RetryInfo`, its text; at 429 also in `RateLimit` and `RateLimit-Reset`
 * (draft-ietf-httpapi-ratelimit-headers), `x-ratelimit-reset` (seconds, or a time as OpenRouter has it,
 * there also within the body) and `x-ratelimit-reset-requests` and `-tokens` (OpenAI, Groq: `6m0s`; Azure:
 * seconds). Undefined when it names none, or a date in the past, which comes from clock skew.
 */
export function requestedDelay(
  { status, headers }: Pick<HttpResponse, 'status' | 'headers'>,
  body: string,
  clock: Pick<Clock, 'now' | 'parseDate'>,
): number | undefined {
  const exact = headers['retry-after-ms']?.trim() ?? '';
  if (isNumber(exact)) return Number(exact);
  const value = headers['retry-after']?.trim();
  if (value !== undefined && value !== '') {
    return isNumber(value) ? Number(value) * 1000 : until(clock.parseDate(value), clock);
  }
  const info = RETRY_INFO.exec(body)?.[1];
  if (info !== undefined) return Number(info) * 1000;
  if (status !== 429) return undefined;
  return (
    durationOf(SAID.exec(body)?.[1] ?? '') ?? resetOf({ ...headersIn(body), ...headers }, clock)
  );
}

const isNumber = (text: string) => /^\d+(\.\d+)?$/.test(text);

function until(time: number, clock: Pick<Clock, 'now'>): number | undefined {
  const ms = time - clock.now();
  return ms > 0 ? ms : undefined;
}

/** The headers of the response behind a gateway: OpenRouter quotes them in `error.metadata.headers`. */
function headersIn(body: string): Headers {
  const value = /ratelimit-/i.test(body) ? jsonOrUndefined(body) : undefined;
  const error = isFields(value) && isFields(value.error) ? value.error : {};
  const { headers } = isFields(error.metadata) ? error.metadata : {};
  const fields = isFields(headers) ? Object.entries(headers) : [];
  return Object.fromEntries(fields.map(([name, one]) => [name.toLowerCase(), String(one)]));
}

/** When the limits of a 429 end. */
function resetOf(headers: Headers, clock: Pick<Clock, 'now' | 'parseDate'>): number | undefined {
  // `"day";r=0;t=3600, "minute";r=5;t=9`, and the form of older drafts: `limit=9, remaining=0, reset=30`.
  const limits = (headers.ratelimit ?? '').split(/,(?=\s*")/).map((limit) => ({
    left: /\b(?:r|remaining)=(\d+)/.exec(limit)?.[1],
    ms: durationOf(/\b(?:t|reset)=(\d+)/.exec(limit)?.[1] ?? ''),
  }));
  const buckets = ['requests', 'tokens'].map((kind) => ({
    left: headers[`x-ratelimit-remaining-${kind}`],
    ms: refillOf(headers[`x-ratelimit-reset-${kind}`] ?? ''),
  }));
  const window = isUsedUp(headers['ratelimit-remaining'] ?? headers['x-ratelimit-remaining'])
    ? (headers['ratelimit-reset'] ?? headers['x-ratelimit-reset'] ?? '')
    : '';
  return (
    longestOf(limits.filter(({ left }) => isUsedUp(left))) ??
    timeOf(window.split(',', 1)[0]?.trim() ?? '', clock) ??
    timeOf(window, clock) ??
    longestOf(buckets)
  );
}

/**
 * Whether nothing of a limit is left: `0`, `-3`, `0, 50` for several limits, or nothing is said. Gateways name their
 * limits in every response, also in a refusal for another reason.
 */
const isUsedUp = (left: string | undefined) => !(Number.parseInt(left ?? '0', 10) > 0);

/** The wait for all limits that are used up, else the shortest: one with something left may be too little. */
function longestOf(limits: readonly { left: string | undefined; ms: number | undefined }[]) {
  const known = limits.flatMap(({ left, ms }) => (ms === undefined ? [] : [{ left, ms }]));
  const used_up = known.filter(({ left }) => isUsedUp(left));
  if (used_up.length > 0) return Math.max(...used_up.map(({ ms }) => ms));
  return known.length === 0 ? undefined : Math.min(...known.map(({ ms }) => ms));
}

function refillOf(text: string): number | undefined {
  const ms = durationOf(text);
  return ms === undefined || ms > LONGEST_REFILL ? undefined : ms;
}

/** Seconds from now, seconds or milliseconds since the epoch, or a date. */
function timeOf(text: string, clock: Pick<Clock, 'now' | 'parseDate'>): number | undefined {
  if (!isNumber(text)) return durationOf(text) ?? until(clock.parseDate(text), clock);
  const number = Number(text);
  if (number < EPOCH_S) return durationOf(text);
  return until(number < EPOCH_MS ? number * 1000 : number, clock);
}

/** The names of each unit, and its milliseconds. */
const UNITS: readonly [names: RegExp, ms: number][] = [
  [/^(?:ms|milli(?:second)?s?)$/i, 1],
  [/^s(?:ec(?:ond)?s?)?$/i, 1000],
  [/^m(?:in(?:ute)?s?)?$/i, 60_000],
  [/^h(?:(?:ou)?rs?)?$/i, 3_600_000],
  [/^d(?:ays?)?$/i, 86_400_000],
];

const unitOf = (word: string) => UNITS.find(([names]) => names.test(word))?.[1] ?? Number.NaN;

/** `6m0s`, `2m59.56s`, `20ms`, `37 seconds`, or a number of seconds. Undefined for 0, which says nothing. */
function durationOf(text: string): number | undefined {
  if (isNumber(text)) return Number(text) * 1000 || undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi)];
  if (parts.length === 0 || !/^[\d.]/.test(text)) return undefined;
  const ms = parts.map(([, number, unit = '']) => Number(number) * unitOf(unit));
  return ms.reduce((sum, one) => sum + one, 0) || undefined;
}
