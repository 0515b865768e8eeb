import type { Draw } from '../draw.ts';
import { withPlainDigits } from './numbers.ts';

/** A question to count, from and to a drawn number. */
export interface CountQuestion {
  text: string;
  from: number;
  to: number;
}

const LEAST = 101;

/** Asks for `length` numbers of three digits. */
export function drawCount({ integer, nonce }: Draw, length: number): CountQuestion {
  const from = integer(LEAST, 999 - length);
  const to = from + length - 1;
  const text = `Question "${nonce()}": count from ${from} to ${to} in digits, separated by commas, and write nothing else.`;
  return { text, from, to };
}

/** The numbers that an answer counts, without those before that repeat the question. */
export function countedIn(text: string, { from, to }: CountQuestion): number[] {
  const numbers = integersIn(text);
  const repeated = numbers[0] === from && numbers[1] === to && to > from + 1;
  return repeated ? numbers.slice(2) : numbers;
}

/** Whether an answer counts from a number that only another question asks for. */
export function countsAnother(text: string, { from, to }: CountQuestion): boolean {
  const [first = 0, second, third] = integersIn(text);
  const counts = second === first + 1 && third === first + 2;
  return counts && first >= LEAST && (first < from || first > to);
}

/** Here a comma separates numbers, also without a space: `417,418,419`. */
function integersIn(text: string): number[] {
  return (withPlainDigits(text).match(/\d+/g) ?? []).map(Number);
}

/** The reason of `PROBE/fresh` for such an answer. */
export const COUNTS_ANOTHER =
  'Counted from another number, which only another question asks for, so a cache answered';
