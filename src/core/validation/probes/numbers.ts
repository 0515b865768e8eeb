/** A number in a text. */
interface FoundNumber {
  value: number;
  /** Of the first character, and of the one behind the last. */
  start: number;
  end: number;
}

/**
 * A number that is not part of a word: `42` in `**42**` and `答案是42。`, not in `v42`, `42nd` or `420`.
 * Thousands may be separated by a comma, a point, an apostrophe or a space that does not break;
 * by any space after a single digit: `1 455`.
 */
const NUMBER =
  /(?<![\p{Script=Latin}\d]|\d[.,])[-−]?(?:\d(?: \d{3})+|\d+)(?:[.,'’_\u00a0\u2009\u202f]\d+)*(?![\p{Script=Latin}\d])/gu;
const THOUSANDS = /^([-−]?\d{1,3})((?:[.,'’_ \u00a0\u2009\u202f]\d{3})+)$/;

/** The numbers of a text in order, in the digits of any script. */
export function numbersIn(text: string): FoundNumber[] {
  const plain = withPlainDigits(text);
  return [...plain.matchAll(NUMBER)].map(({ 0: digits, index }) => ({
    value: valueOf(digits.replace('−', '-')),
    start: index,
    end: index + digits.length,
  }));
}

function valueOf(digits: string): number {
  const [whole, first, groups] = THOUSANDS.exec(digits) ?? [];
  if (whole !== undefined) return Number(`${first}${groups?.replaceAll(/\D/g, '')}`);
  return Number(digits.replace(',', '.').replaceAll(/['’_ \u00a0\u2009\u202f]/g, ''));
}

/** A text with every digit (Unicode: Nd) written as 0 to 9, and TeX's separators as commas. */
export function withPlainDigits(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, plainDigit).replaceAll(/(?<=\d)(?:\{,\}|\\[,!])(?=\d)/g, ',');
}

/** Digits are encoded in runs of ten, from zero to nine (Unicode, chapter 4.6). */
function plainDigit(digit: string): string {
  if (digit <= '9') return digit;
  let zero = digit.codePointAt(0) ?? 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(((digit.codePointAt(0) ?? 0) - zero) % 10);
}

/** Between numbers that are offered for a choice. */
const HEDGES = /\b(?:or|either|between|maybe|perhaps|possibly|oder|ou)\b|\d\s*\/\s*\d|或/i;
/** Before a number that is the result of what stands before it. */
const WORKING = /[=+]|\b(?:answer|sum|total|result|gives|makes|so|therefore)\b/i;
const CORRECTED = /\b(?:no|not|wait|actually|sorry|correction)\b/i;

/**
 * The number that an answer gives, undefined when it gives none or several: `17 + 25 = 42`,
 * `42 (17 + 25)`, `10 + 20 = 30, 7 + 5 = 12, 30 + 12 = 42`; not `41 or 42`, `41, 42` or `not 42`.
 * @param given numbers of the question, which do not count
 */
export function answeredNumber(text: string, given: ReadonlySet<number>): number | undefined {
  const plain = withPlainDigits(text);
  const found = numbersIn(plain).filter(({ value }) => !given.has(Math.abs(value)));
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (/\bnot\W+$/i.test(plain.slice(0, last.start))) return undefined;
  if (found.every(({ value }) => value === first.value)) return first.value;
  if (HEDGES.test(plain) || !WORKING.test(plain)) return undefined;
  const leads = !/[\p{L}\p{N}]/u.test(plain.slice(0, first.start));
  const continues = /^\s*[-−+*×·x/÷=]/.test(plain.slice(first.end));
  return leads && !continues && !CORRECTED.test(plain) ? first.value : last.value;
}
