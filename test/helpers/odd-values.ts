import fc from 'fast-check';

/** JSON with one value replaced, as text: some odd values cannot be made by `JSON.stringify`. */
export interface Mutation {
  /** Where, in words, for the message of a failure. */
  place: string;
  text: string;
}

const DEPTH = 100_000;
const deep = (open: string, close: string) => open.repeat(DEPTH) + close.repeat(DEPTH);

/** Values that are legal JSON and unlikely: each once broke some program. */
const ODD_JSON = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1e308',
  '-1e308',
  '1e999',
  '5e-324',
  '0.1',
  '8.64e15',
  '8640000000000001',
  '-8640000000000001',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"%"',
  '"%E0%A4%A"',
  '"../../x"',
  '"http://"',
  '"https://[::1"',
  '"http://127.0.0.1:99999/"',
  '"http://%zz/"',
  '"https://user:p%@host/"',
  '"__proto__"',
  '"constructor"',
  '"(?<a"',
  '"2026-13-45T99:99:99Z"',
  '"-1"',
  '"1e9999"',
  '"99999999999999999999"',
  `"${'x'.repeat(70_000)}"`,
  `"${'ｆ'.repeat(5000)}"`,
  '"\\u001b]8;;http://x\\u0007"',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '[0,"",{},[],null,true]',
  `[${'0,'.repeat(200_000)}0]`,
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{}}}',
  '{"toString":1,"valueOf":null,"length":-1,"then":1}',
  '{"toJSON":"x"}',
  deep('[', ']'),
  deep('{"a":', '}').replace('}', '0}'),
] as const;

/** Texts that are no JSON. */
const ODD_TEXTS = ['', ' ', '\0', '{', '[', '"', 'nul', '\ufeff', '<html>', '{"a":1}{"b":2}', '🙂'];

/** A string from outside must not name a place in the file system where the test would write. */
function withoutRoot(text: string): string {
  return text.replaceAll(/[/\\~]/g, '_');
}

export const oddJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_JSON) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary' }).map((s) => JSON.stringify(withoutRoot(s))),
  },
  { weight: 1, arbitrary: fc.double().map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc
      .jsonValue()
      .map((value) => withoutRoot(JSON.stringify(value)))
      .filter(isJson),
  },
);

/** What may stand in a header: visible ASCII, blanks and Latin-1. */
export const oddHeader: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '0',
    '-0',
    '1e308',
    '1e999',
    '99999999999999999999',
    '2147483648',
    'NaN',
    'Infinity',
    'Thu, 99 Foo 99999 99:99:99 GMT',
    'Sat, 13 Sep 275760 00:00:01 GMT',
    '%',
    '"',
    ';;;',
    'text/html',
    'application/json',
    'text/event-stream',
    'x'.repeat(8000),
    '\u00e9\u00ff',
  ),
  fc.string().map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?')),
);

/** The document with an odd value at one of its fields, a field more, or as a whole. */
export function mutationsOf(document: unknown): fc.Arbitrary<Mutation> {
  const paths = pathsOf(document);
  const field = fc
    .tuple(fc.constantFrom(...paths), oddJson)
    .map(([path, value]) => ({ place: `$.${path.join('.')}`, text: put(document, path, value) }));
  const more = fc
    .tuple(fc.constantFrom('__proto__', 'constructor', 'toString', 'extra', ''), oddJson)
    .map(([key, value]) => ({
      place: `a field "${key}" more`,
      text: JSON.stringify(document).replace(/^\{/, () => `{${JSON.stringify(key)}:${value},`),
    }));
  const cut = fc
    .nat({ max: JSON.stringify(document).length })
    .map((end) => ({ place: `cut at ${end}`, text: JSON.stringify(document).slice(0, end) }));
  const text = fc.constantFrom(...ODD_TEXTS).map((text) => ({ place: 'the whole text', text }));
  return fc.oneof(
    { weight: 12, arbitrary: field },
    { weight: 2, arbitrary: more },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: text },
  );
}

type Path = readonly string[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]))];
}

const MARK = 'an odd value goes here';

function put(document: unknown, path: Path, value: string): string {
  return JSON.stringify(replaced(document, path)).replace(JSON.stringify(MARK), () => value);
}

function replaced(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return MARK;
  if (Array.isArray(value)) {
    return value.map((each, index) => (String(index) === key ? replaced(each, rest) : each));
  }
  const fields = value as Record<string, unknown>;
  return { ...fields, [key]: replaced(fields[key], rest) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
