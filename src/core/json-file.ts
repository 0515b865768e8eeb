/** Reads JSON files that a person may have written, with errors that name the place. */
import type * as z from 'zod/mini';
import { UsageError } from './errors.ts';
import { excessOf } from './json.ts';
import { didYouMean } from './nearest.ts';

/**
 * Parses and checks a file.
 * @param path of the file, for messages
 * @param what the file should be, for messages
 * @throws UsageError `invalid_file`, which names the file and the field
 */
export function parseJsonFile<Schema extends z.ZodMiniType>(
  schema: Schema,
  text: string,
  path: string,
  what: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(parseJsonText(text, path, 'invalid_file'));
  if (parsed.success) return parsed.data;
  const [issue = 'has the wrong type or value'] = parsed.error.issues.flatMap((one) =>
    describeIssue(one),
  );
  throw new UsageError(`${path} is not ${what}: ${issue}`, { code: 'invalid_file' });
}

/**
 * Parses the text of a file, without a byte order mark.
 * @throws UsageError with this code, which names the line and the column
 */
export function parseJsonText(text: string, path: string, code: string): unknown {
  const excess = excessOf(text);
  if (excess !== undefined) {
    throw new UsageError(`${path}: ${excess}`, { code });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonBreaksAt(text);
    throw new UsageError(`${path} is not JSON: line ${line}, column ${column}`, {
      code,
      hint: 'Look there for a missing or superfluous comma, quotation mark or bracket.',
      cause,
    });
  }
}

/**
 * An issue of zod as `models[0].required: expected boolean`; several for several unknown fields.
 * Never repeats a value: it may be a secret in the wrong place.
 * @param known the fields that exist at the issue's place, for a suggestion
 */
export function describeIssue(issue: z.core.$ZodIssue, known: readonly string[] = []): string[] {
  const place = issue.path.map(step).join('').replace(/^\./, '');
  const where = place === '' ? '' : `${place}: `;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${where}unknown field ${key}${didYouMean(key, known)}`);
  }
  const inner = issue.code === 'invalid_union' ? innerIssue(issue) : undefined;
  return inner ? describeIssue(inner, known) : [`${where}${expectation(issue)}`];
}

/** The issue inside a value of a union that has the right type but a wrong field or element. */
function innerIssue({ errors, path }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue | undefined {
  const inner = errors.flat().find((one) => one.path.length > 0);
  return inner && { ...inner, path: [...path, ...inner.path] };
}

const step = (key: PropertyKey) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`);

/** zod/mini has no messages of its own. */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'record' ? 'object' : issue.expected}`;
    case 'invalid_union': {
      const types = issue.errors.flat().map((one) => ('expected' in one ? one.expected : ''));
      return `expected ${types.filter((type) => type !== '').join(' or ')}`;
    }
    case 'invalid_value':
      return `expected ${issue.values.join(' or ')}`;
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? issue.message}`;
    case 'too_small':
      return typeof issue.minimum === 'number' && issue.minimum > 1
        ? `must be at least ${issue.minimum}`
        : 'is too small or empty';
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return 'has the wrong type or value';
  }
}

const FORMATS: Readonly<Record<string, string>> = { date: 'a date such as 2026-12-31' };

/** A place in a text, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/**
 * Where a text stops being JSON: at the first character that is not allowed there, or at its end
 * when it is incomplete. `JSON.parse` gives a position only for some errors. But it shows whether
 * the beginning of the text could still become JSON, which changes from yes to no exactly once, so
 * a binary search finds the place.
 */
export function jsonBreaksAt(text: string): Position {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldBecomeJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const lines = text.slice(0, good).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** Whether the only fault of the text is that it ends. */
function couldBecomeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/^Unexpected end|^Unterminated string/.test(message)) return true;
    return Number(/ at position (\d+)/.exec(message)?.[1] ?? -1) >= text.length;
  }
}
