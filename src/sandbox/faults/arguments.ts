import { UsageError } from '../../core/errors.ts';
import { parseDuration, parseNumber, wholeNumberRule } from '../../core/number.ts';

/** The argument of a fault: what stands after its colon. */
export interface Argument<T> {
  /** For the table of faults: `DURATION`. */
  name: string;
  /** The text that stands for a missing argument. */
  fallback: string;
  /** @throws UsageError */
  parse: (text: string) => T;
}

/** Milliseconds from `500ms`, `30s`, `2m`, or `ever`. */
export function duration(fallback: string): Argument<number> {
  return {
    name: 'DURATION',
    fallback,
    parse: (text) => (text === 'ever' ? Infinity : parseDuration(text, '--fault')),
  };
}

/** A whole number from 1 on. */
export function count(fallback: number, most: number, name = 'COUNT'): Argument<number> {
  return {
    name,
    fallback: String(fallback),
    parse: (text) => parseNumber(text, '--fault', wholeNumberRule(1, most, 'invalid_fault')),
  };
}

/** Any text. */
export function text(name: string, fallback: string): Argument<string> {
  return { name, fallback, parse: (given) => given };
}

/** One of a few words, each with what it stands for. */
export function word<T>(
  name: string,
  fallback: string,
  words: Readonly<Record<string, T>>,
): Argument<T> {
  return {
    name,
    fallback,
    parse: (given) => {
      if (Object.hasOwn(words, given)) return words[given] as T;
      const among = Object.keys(words);
      throw new UsageError(`--fault: "${given}" is not one of ${among.join(', ')}`, {
        code: 'invalid_fault',
        choice: { given, among },
      });
    },
  };
}
