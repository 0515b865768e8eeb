import { isObject } from '../api/chat-request.ts';

/** Values from a prompt that can fill a schema. Numbers and words are used in order, each once. */
export interface SchemaHints {
  text: string;
  numbers: readonly number[];
  words: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;

/** The root schema for `$ref`, and the hints that are not used yet. */
interface Pending {
  root: Schema;
  text: string;
  numbers: number[];
  words: string[];
  /** The place of the item that is filled in the innermost list. */
  item: number;
}

const MAX_DEPTH = 16;
const MAX_ITEMS = 100;

/** A value that conforms to the JSON Schema, with values from the prompt where they fit. */
export function instanceOf(schema: unknown, hints: SchemaHints): unknown {
  const root = isObject(schema) ? schema : {};
  const { text, numbers, words } = hints;
  const pending = { root, text, numbers: [...numbers], words: [...words], item: 0 };
  return fill(root, '', pending, 0);
}

function fill(schema: Schema, name: string, pending: Pending, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  const { $ref, allOf } = schema;
  if (typeof $ref === 'string') return fill(lookUp(pending.root, $ref), name, pending, depth + 1);
  if (Array.isArray(allOf)) {
    const merged = Object.assign({}, schema, ...allOf.filter(isObject), {
      allOf: undefined,
    }) as Schema;
    return fill(merged, name, pending, depth + 1);
  }
  const choice: unknown = [schema['anyOf'], schema['oneOf']].find(Array.isArray)?.find(isObject);
  if (isObject(choice)) return fill(choice, name, pending, depth + 1);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return mentioned(schema['enum'], pending.text);

  switch (typeOf(schema)) {
    case 'object':
      return fillObject(schema, pending, depth);
    case 'array':
      return fillArray(schema, name, pending, depth);
    case 'integer':
    case 'number':
      return fillNumber(schema, name, pending);
    case 'boolean':
      return named(name, pending) !== 'false';
    case 'null':
      return null;
    default:
      return fillString(schema, name, pending);
  }
}

function typeOf(schema: Schema): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  const first: unknown = Array.isArray(type) ? type.find((one) => one !== 'null') : undefined;
  if (typeof first === 'string') return first;
  if (schema['items'] !== undefined) return 'array';
  return schema['properties'] !== undefined ? 'object' : 'string';
}

function lookUp(root: Schema, pointer: string): Schema {
  const steps = pointer.replace(/^#\/?/, '').split('/').filter(Boolean);
  const target = steps.reduce<unknown>(
    (value, step) =>
      isObject(value) && Object.hasOwn(value, step)
        ? value[step.replaceAll('~1', '/').replaceAll('~0', '~')]
        : undefined,
    root,
  );
  return isObject(target) ? target : {};
}

/** The required properties (all when none is required), and those that the prompt gives a value. */
function fillObject(schema: Schema, pending: Pending, depth: number): Record<string, unknown> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const names = required.filter((name) => typeof name === 'string');
  for (const name of Object.keys(properties)) {
    const wanted = required.length === 0 || named(name, pending) !== undefined;
    if (wanted && !names.includes(name)) names.push(name);
  }
  return Object.fromEntries(
    names.map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, fill(isObject(property) ? property : {}, name, pending, depth + 1)];
    }),
  );
}

function fillArray(schema: Schema, name: string, pending: Pending, depth: number): unknown[] {
  const items = isObject(schema['items']) ? schema['items'] : {};
  const mentions = isObject(items['properties'])
    ? Object.keys(items['properties']).map((key) => valuesOf(key, pending.text).length)
    : [];
  const least = numeric(schema['minItems']) ?? Math.max(1, ...mentions);
  const length = Math.min(least, numeric(schema['maxItems']) ?? least, MAX_ITEMS);
  return Array.from({ length }, (_, item) => fill(items, name, { ...pending, item }, depth + 1));
}

function fillNumber(schema: Schema, name: string, pending: Pending): number {
  const given = Number(named(name, pending) ?? Number.NaN);
  const step = numeric(schema['multipleOf']) ?? (typeOf(schema) === 'integer' ? 1 : undefined);
  const over = numeric(schema['exclusiveMinimum']);
  const under = numeric(schema['exclusiveMaximum']);
  const least =
    numeric(schema['minimum']) ?? (over === undefined ? undefined : over + (step ?? 0.5));
  const most =
    numeric(schema['maximum']) ?? (under === undefined ? undefined : under - (step ?? 0.5));
  const fits = (value: number): boolean =>
    value >= (least ?? -Infinity) &&
    value <= (most ?? Infinity) &&
    (step === undefined || Number.isInteger(value / step));
  if (!Number.isNaN(given) && fits(given)) return given;
  const index = pending.numbers.findIndex(fits);
  const [next] = index < 0 ? [] : pending.numbers.splice(index, 1);
  const start = least ?? Math.min(0, most ?? 0);
  return next ?? (step === undefined ? start : Math.ceil(start / step) * step);
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  email: 'user@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '127.0.0.1',
};

function fillString(schema: Schema, name: string, pending: Pending): string {
  const format = schema['format'];
  if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) return FORMATS[format] ?? '';
  const least = numeric(schema['minLength']) ?? 0;
  const most = numeric(schema['maxLength']) ?? 1000;
  const fits = (word: string): boolean => word.length >= least && word.length <= most;
  const given = named(name, pending);
  if (given !== undefined && fits(given)) return given;
  const index = pending.words.findIndex(fits);
  const [next] = index < 0 ? [] : pending.words.splice(index, 1);
  return next ?? (name || 'answer').padEnd(least, '.').slice(0, most);
}

/** The value that the prompt gives a property; in a list each item has the next one. */
function named(name: string, { text, item }: Pending): string | undefined {
  const values = valuesOf(name, text);
  return values[Math.min(item, values.length - 1)];
}

/** All values of a property: `city: Paris`, `the full name is "Ada Lovelace"`, `a = 3`. */
function valuesOf(name: string, text: string): string[] {
  if (!/^\w{1,60}$/.test(name)) return [];
  const words = name.replaceAll('_', '[_ ]');
  const value = String.raw`(?:["“]([^"”\n]{1,200})["”]|['‘]?([\p{L}\p{N}.-]*[\p{L}\p{N}]))`;
  const pattern = new RegExp(
    String.raw`\b${words}["']?\s*(?:[=:]|\bis\b|\bof\b|\bto\b)\s*${value}`,
    'giu',
  );
  return [...text.matchAll(pattern)].map(([, quoted, word]) => quoted ?? word ?? '');
}

/** The first value that the text contains, else one of whose words it contains, else the first. */
function mentioned(values: readonly unknown[], text: string): unknown {
  const lower = text.toLowerCase();
  const contained = (value: unknown) =>
    typeof value === 'string' && lower.includes(value.toLowerCase());
  // Of `PRIORITY_HIGH`, the last word tells it from the others.
  const told = (value: unknown) =>
    typeof value === 'string' &&
    lower.split(/\W+/).includes(value.toLowerCase().split(/[_-]/).at(-1) ?? '');
  return values.find(contained) ?? values.find(told) ?? values[0];
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
