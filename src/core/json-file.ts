/** Reads JSON files that a person may have written, with errors that name the place. */
import * as z from 'zod/mini';
import { UsageError } from './errors.ts';
import { excessOf, isFields, ownValue } from './json.ts';
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
  const data = parseJsonText(text, path, 'invalid_file');
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues.flatMap((one) =>
    describeIssue(one, data, fieldsAt(schema, one.path)),
  );
  throw new UsageError(`${path} is not ${what}: ${issue}`, { code: 'invalid_file' });
}

/** zod leaves an entry `__proto__` out of a record. */
const PROTO = '__proto__';
const HIDDEN_PROTO = `${PROTO}\u0000`;

/** A record by names from outside, such as ids of models: `__proto__` may be one. */
export function recordOf<Value extends z.ZodMiniType>(
  value: Value,
  key: z.ZodMiniType<string, string> = z.string(),
) {
  const hide = z.transform((data: unknown) => renamed(data, PROTO, HIDDEN_PROTO));
  const show = z.transform(
    (data: Record<string, z.infer<Value>>) =>
      renamed(data, HIDDEN_PROTO, PROTO) as Record<string, z.infer<Value>>,
  );
  return z.pipe(hide, z.pipe(z.record(key, value), show));
}

function renamed(data: unknown, from: string, to: string): unknown {
  if (!isFields(data) || !Object.hasOwn(data, from)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, one]) => [name === from ? to : name, one]),
  );
}

/** The fields that an object at this place of the file can have. */
function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const { def } = schema._zod as { def: Partial<Definition> };
  if (def.innerType) return fieldsAt(def.innerType, path);
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(def.shape ?? {});
  const inner = def.element ?? def.valueType ?? ownValue(def.shape, String(key));
  return inner ? fieldsAt(inner, rest) : [];
}

/** The parts of schemas that {@link fieldsAt} looks into: optional, array, record, object. */
interface Definition {
  innerType: z.core.$ZodType;
  element: z.core.$ZodType;
  valueType: z.core.$ZodType;
  shape: Record<string, z.core.$ZodType>;
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
 * An issue of zod in words: `models[0].required: must be true or false, not a string`; several for
 * several unknown fields. Never repeats a value: it may be a secret in the wrong place.
 * @param data that was checked
 * @param known the fields that exist at the issue's place, for a suggestion
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  data: unknown,
  known: readonly string[] = [],
): string[] {
  const place = issue.path.map(step).join('').replace(/^\./, '');
  const where = place === '' ? '' : `${place}: `;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${where}unknown field ${key}${didYouMean(key, known)}`);
  }
  const inner = innerIssue(issue);
  if (inner) return describeIssue(inner, data, known);
  return [`${where}${complaint(issue, valueAt(data, issue.path))}`];
}

/** The issue inside a value that has the right type but a wrong field, key or element. */
function innerIssue(issue: z.core.$ZodIssue): z.core.$ZodIssue | undefined {
  const { path } = issue;
  const within = (one: z.core.$ZodIssue | undefined) =>
    one && { ...one, path: [...path, ...one.path] };
  switch (issue.code) {
    case 'invalid_union':
      return within(
        issue.errors.flat().find((one) => !TYPE_ISSUES.has(one.code) || one.path.length > 0),
      );
    case 'invalid_element':
      return within(issue.issues[0]);
    default:
      return undefined;
  }
}

/** Of a union: another alternative has the type of the value. */
const TYPE_ISSUES: ReadonlySet<string | undefined> = new Set(['invalid_type', 'invalid_value']);

const step = (key: PropertyKey) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`);

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    const there = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return there ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }, data);
}

/** What is wrong with a value, and what is right. */
function complaint(issue: z.core.$ZodIssue, value: unknown): string {
  const right = `must ${rule(issue, value)}`;
  if (value === undefined) return `is missing; it ${right}`;
  return hasWrongType(issue, value) ? `${right}, not ${typeWord(value)}` : right;
}

function hasWrongType(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.code === 'invalid_type') return issue.expected !== 'int' || typeof value !== 'number';
  if (issue.code === 'invalid_value')
    return issue.values.every((one) => typeof one !== typeof value);
  return issue.code === 'invalid_union';
}

/** What a value must do, after "must". zod/mini has no messages of its own. */
function rule(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `be ${ownValue(TYPES, issue.expected) ?? `a value of type ${issue.expected}`}`;
    case 'invalid_union': {
      const types = issue.errors.flat().map((one) => rule(one, value).replace(/^be /, ''));
      return types.length === 0 ? 'have another form' : `be ${[...new Set(types)].join(' or ')}`;
    }
    case 'invalid_value': {
      const words = issue.values.map(String);
      const guess = typeof value === 'string' ? didYouMean(value, words) : '';
      return `be ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}${guess}`;
    }
    case 'invalid_format':
      return `be ${ownValue(FORMATS, issue.format) ?? issue.message}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') {
        return issue.minimum === 1 ? 'not be empty' : `have at least ${issue.minimum} elements`;
      }
      return issue.inclusive ? `be at least ${issue.minimum}` : `be greater than ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `have at most ${issue.maximum} characters`;
      if (issue.origin === 'array') return `have at most ${issue.maximum} elements`;
      return issue.inclusive ? `be at most ${issue.maximum}` : `be less than ${issue.maximum}`;
    case 'invalid_key':
      return 'have other names for its fields';
    default:
      return 'have another form';
  }
}

/** The types of JSON, as zod names them, in words. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function typeWord(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  return ownValue(TYPES, Array.isArray(value) ? 'array' : typeof value) ?? 'this';
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
