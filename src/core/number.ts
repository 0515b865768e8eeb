import { UsageError } from './errors.ts';

/** Which numbers a flag, a variable or a key of config.json can have. */
export interface NumberRule {
  /** Completes the sentence "--flag 0 is not ...". */
  what: string;
  /** The `code` of the UsageError. */
  code: string;
  accepts(value: number): boolean;
  /** Whether a sign, an exponent and a missing zero are allowed: `-1`, `1e-3`, `.5`. */
  scientific?: boolean;
}

const DECIMAL = /^\d{1,15}(\.\d+)?$/;
const SCIENTIFIC = /^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i;

/**
 * A number in decimal digits: no blanks, no hexadecimal, no infinity; a sign and an exponent only if
 * the rule allows them.
 * @param source for the message: `--max-retries`, `QWEN_DEMO_MAX_RETRIES`
 * @throws UsageError with the code of the rule
 */
export function parseNumber(text: string, source: string, rule: NumberRule): number {
  const grammar = rule.scientific === true ? SCIENTIFIC : DECIMAL;
  const value = grammar.test(text) ? Number(text) : Number.NaN;
  if (rule.accepts(value)) return value;
  throw new UsageError(`${source} ${text} is not ${rule.what}`, { code: rule.code });
}

/** Whole numbers from `least` to `most`. */
export function wholeNumberRule(least: number, most: number, code: string): NumberRule {
  return {
    what: `a whole number from ${least} to ${most}`,
    code,
    accepts: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  };
}

/**
 * A number of a program that may have no types.
 * @param source begins the message: `max_retries`
 * @throws UsageError with the code of the rule
 */
export function checkNumber(value: unknown, source: string, rule: NumberRule): number {
  if (typeof value === 'number' && rule.accepts(value)) return value;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw new UsageError(`${source} ${shown} is not ${rule.what}`, { code: rule.code });
}

/** Sizes in bytes, whose units are powers of 1024. */
const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/**
 * Bytes of `32MiB`, `32M`, `500k`, or a bare number of bytes: units are powers of 1024, as in curl.
 * @param source begins the message: `--max-answer`
 * @throws UsageError `invalid_size` for another text, and for a size that is not from 1 to `most`
 */
export function parseSize(text: string, source: string, most: number): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)([kmg]?)(?:i?b)?$/i.exec(text.trim());
  const power = ['', 'k', 'm', 'g'].indexOf(match?.[2]?.toLowerCase() ?? '');
  const bytes = match ? Math.round(Number(match[1]) * 1024 ** power) : NaN;
  if (bytes >= 1 && bytes <= most) return bytes;
  throw new UsageError(`${source}: "${text}" is not a size from 1 byte to ${sizeText(most)}`, {
    code: 'invalid_size',
    hint: 'Write 500KiB, 32MiB, or a number of bytes.',
  });
}

/** A size in the form that {@link parseSize} takes. */
export function sizeText(bytes: number): string {
  const power = [3, 2, 1].find((one) => bytes % 1024 ** one === 0) ?? 0;
  if (power === 0 && bytes > 1024) return `${Math.round(bytes / 1024)}KiB`;
  return `${bytes / 1024 ** power}${SIZE_UNITS[power]}`;
}

/** In milliseconds. */
const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** The longest delay of a timer: 2^31 - 1 ms, a little under 25 days. */
const LONGEST = 2_147_483_647;

/** What {@link parseDuration} gives. */
export const MILLISECONDS: NumberRule = {
  what: `a number of milliseconds from 1 to ${LONGEST}`,
  code: 'invalid_duration',
  accepts: (value) => value >= 1 && value <= LONGEST,
};

/**
 * Milliseconds, more than 0, of `500ms`, `30s`, `2m`, `1h`, or a bare number of seconds.
 * @param source begins the message: `--timeout`, `QWEN_DEMO_TIMEOUT`
 * @throws UsageError `invalid_duration`
 */
export function parseDuration(text: string, source?: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const ms = match ? Math.round(Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1000)) : NaN;
  if (!(ms > 0 && ms <= LONGEST)) {
    const place = source === undefined ? '' : `${source}: `;
    throw new UsageError(`${place}"${text}" is not a duration`, {
      code: 'invalid_duration',
      hint: 'Write 500ms, 30s, 2m, or a number of seconds; more than 0, at most 24 days.',
    });
  }
  return ms;
}
