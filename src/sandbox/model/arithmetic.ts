/** A calculation in a text, and its result. */
export interface Calculation {
  /** As it is written in the text. */
  expression: string;
  result: number;
}

const NUMBER = String.raw`-?\d{1,15}(?:\.\d{1,9})?`;
const OPERATOR = String.raw`(?:\s*[+*×/÷−-]\s*|\s+[–x]\s+|\s+(?:plus|minus|times|multiplied by|divided by)\s+)`;
const EXPRESSION = new RegExp(
  String.raw`(?<![\w.])${NUMBER}(?:${OPERATOR}${NUMBER}){1,20}(?!\w)`,
  'gi',
);
// Whole numbers joined only by hyphens or slashes are a date, a range or a version.
const DATE = /^\d+(?:[-/]\d+)+$/;

/**
 * Computes the first calculation in a text: `17 + 25`, `6 times 7`, `2+3*4`. Multiplication and
 * division come before addition and subtraction; the result has up to 9 decimals.
 */
export function findCalculation(text: string): Calculation | undefined {
  const found = [...text.matchAll(EXPRESSION)].map(String);
  const expression = found.find((candidate) => !DATE.test(candidate));
  if (expression === undefined) return undefined;
  const [first = '', ...rest] = expression.split(new RegExp(`(?<=\\d)(${OPERATOR})`, 'i'));
  let sum = 0;
  let product = Number(first);
  for (let index = 0; index + 1 < rest.length; index += 2) {
    const number = Number(rest[index + 1]);
    switch (rest[index]?.trim().toLowerCase()) {
      case '*':
      case '×':
      case 'x':
      case 'times':
      case 'multiplied by':
        product *= number;
        break;
      case '/':
      case '÷':
      case 'divided by':
        product /= number;
        break;
      case '+':
      case 'plus':
        sum += product;
        product = number;
        break;
      default:
        sum += product;
        product = -number;
    }
  }
  return { expression, result: Number((sum + product).toFixed(9)) };
}
