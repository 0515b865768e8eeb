import { UsageError } from './errors.ts';

/** Which numbers a flag, a variable or a key of config.json can have. */
export interface NumberRule {
  /** Completes the sentence "--flag 0 is not ...". */
  what: string;
  /** The `code` of the UsageError. */
  code: string;
  accepts(value: number): boolean;
}

/**
 * A number in decimal digits: no sign, no exponent, no blanks.
 * @param source for the message: `--max-retries`, `QWEN_DEMO_MAX_RETRIES`
 * @throws UsageError with the code of the rule
 */
export function parseNumber(text: string, source: string, rule: NumberRule): number {
  const value = /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
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
