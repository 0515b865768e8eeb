import { type ChatMessage, type ContentPart, userMessage, withSystem } from '../chat/messages.ts';
import type { Schema } from '../chat/json-schema.ts';
import { UsageError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';

/** What an answer has to be, in exactly one way. */
export interface Expected {
  /** The whole answer, one of these if they are several. White space around it does not count. */
  equals?: string | string[] | undefined;
  /** Each of these occurs in the answer. */
  contains?: string | string[] | undefined;
  /** A regular expression of JavaScript; flags can stand before it: `(?i)^yes`. */
  regex?: string | undefined;
  /** A JSON Schema; the answer is JSON, in a code block or not. */
  schema?: Schema | undefined;
  /** The last number of the answer. */
  number?: number | undefined;
  /** How far `number` may be off. */
  within?: number | undefined;
}

/** A question of the models file. `Picture` is a path until the pictures are read. */
export interface OwnProbe<Picture = ContentPart> {
  /** Words with hyphens; the check is `own/NAME`. */
  name: string;
  prompt: string;
  system: string | undefined;
  pictures: readonly Picture[];
  expected: Expected;
}

/** The messages of a question. */
export function ownMessages({ prompt, system, pictures }: OwnProbe): ChatMessage[] {
  return withSystem([userMessage(prompt, pictures)], system);
}

/**
 * Why an answer is not what was expected, as a clause after `Answered "..."`; undefined when it is.
 * @param text of the answer, without reasoning
 */
export async function judgeAnswer(text: string, expected: Expected): Promise<string | undefined> {
  const answer = text.trim();
  const { equals, contains, regex, schema, number } = expected;
  if (equals !== undefined) {
    const wanted = [equals].flat();
    if (wanted.some((one) => one.trim() === answer)) return undefined;
    return `which is not ${wanted.map(quoted).join(' or ')}`;
  }
  if (contains !== undefined) {
    const missing = [contains].flat().find((one) => !answer.includes(one));
    return missing === undefined ? undefined : `which does not contain ${quoted(missing)}`;
  }
  if (regex !== undefined) {
    if (compileRegex(regex).test(answer)) return undefined;
    return `which does not match the regular expression ${regex}`;
  }
  if (number !== undefined) return judgeNumber(lastNumber(answer), number, expected.within);
  return schema && judgeJson(jsonOrUndefined(withoutFence(answer)), schema);
}

function judgeNumber(
  found: number | undefined,
  number: number,
  within: number = 0,
): string | undefined {
  if (found !== undefined && Math.abs(found - number) <= within + ROUNDING) return undefined;
  const right = `${number}${within > 0 ? ` (within ${within})` : ''} is right`;
  return found === undefined
    ? `which holds no number; ${right}`
    : `whose last number is ${found}; ${right}`;
}

async function judgeJson(value: unknown, schema: Schema): Promise<string | undefined> {
  if (value === undefined) return 'which is not JSON';
  const { compileSchema } = await import('../chat/json-schema.ts');
  const mismatch = compileSchema(schema)(value);
  return mismatch && `which does not conform to the schema: ${mismatch}`;
}

/** Of decimal fractions: 0.1 + 0.2 is not 0.3. */
const ROUNDING = 1e-9;

/**
 * Checks before anything is asked that there is one expectation, and that it can be met.
 * @throws UsageError `invalid_expectation`, `invalid_regex`, `invalid_schema`
 */
export async function checkExpected(expected: Expected): Promise<void> {
  const { within, regex, schema, number, ...texts } = expected;
  const ways = Object.values({ ...texts, regex, schema, number });
  const code = 'invalid_expectation';
  if (ways.filter((way) => way !== undefined).length !== 1) {
    throw new UsageError('give one of equals, contains, regex, schema and number', { code });
  }
  if (within !== undefined && number === undefined) {
    throw new UsageError('within needs number', { code });
  }
  if (regex !== undefined) compileRegex(regex);
  if (schema === undefined) return;
  const { compileSchema } = await import('../chat/json-schema.ts');
  compileSchema(schema);
}

/** `(?i)` at the beginning, as most other languages write it. */
const FLAGS = /^\(\?([ims]+)\)/;

function compileRegex(source: string): RegExp {
  const [prefix = '', flags = ''] = FLAGS.exec(source) ?? [];
  try {
    return new RegExp(source.slice(prefix.length), `u${[...new Set(flags)].join('')}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(reason, { code: 'invalid_regex', cause });
  }
}

/** Not a part of a word: `42` in `42 km` and `42km`, not in `v42`. */
const NUMBER = /(?<![\p{L}\d.,_])[-−+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/giu;

/** One or two digits after the only comma are decimals: `3,14`; three are thousands: `1,234`. */
const DECIMAL_COMMA = /^([-+]?\d+),(\d{1,2})$/;

/** The last number of a text: `1,234.5`, `-3`, `−3`, `1e6`. */
function lastNumber(text: string): number | undefined {
  const last = text.match(NUMBER)?.at(-1)?.replace('−', '-');
  if (last === undefined) return undefined;
  const number = Number(last.replace(DECIMAL_COMMA, '$1.$2').replaceAll(',', ''));
  return Number.isNaN(number) ? undefined : number;
}

/** The code inside the only code block of an answer, else the answer. */
function withoutFence(text: string): string {
  return /^```\w*\n([\s\S]*?)\n?```$/.exec(text)?.[1] ?? text;
}

const quoted = (text: string) => JSON.stringify(text);
