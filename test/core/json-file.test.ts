import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { jsonBreaksAt, parseJsonFile } from '../../src/core/json-file.ts';

test.each([
  ['{"a": abc}', 1, 7],
  ['{"a":1,}', 1, 8],
  ['{"a":1 "b":2}', 1, 8],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
  ['{\r\n"a": tru\r\n}', 2, 9],
  ["{'a': 1}", 1, 2],
  ['{"a": 01}', 1, 8],
  ['{"a": "\t"}', 1, 8],
  ['{"a": "\\q"}', 1, 9],
  ['{} x', 1, 4],
  ['// comment\n{}', 1, 1],
  ['{"a": "x', 1, 9],
  ['{', 1, 2],
  ['', 1, 1],
])('%j stops being JSON at line %i, column %i', (text, line, column) => {
  expect(jsonBreaksAt(text)).toEqual({ line, column });
});

const pretty = fc.json().map((json) => JSON.stringify(JSON.parse(json), null, 1));

/** Where a character is, counted by going there. */
function placeOf(text: string, index: number) {
  let [line, column] = [1, 1];
  for (const letter of text.slice(0, index).split('')) {
    if (letter === '\n') [line, column] = [line + 1, 1];
    else column += 1;
  }
  return { line, column };
}

test('JSON in an array that is never closed breaks at its end', () => {
  fc.assert(
    fc.property(pretty, (json) => {
      const text = `[${json},`;
      expect(jsonBreaksAt(text)).toEqual(placeOf(text, text.length));
    }),
  );
});

test('a character that stands nowhere in JSON is found between any two values', () => {
  fc.assert(
    fc.property(fc.array(pretty), fc.array(pretty), (before, after) => {
      const start = `[${before.map((one) => `${one},`).join('\n')}`;
      const text = `${start}@${after.join(',')}]`;
      expect(jsonBreaksAt(text)).toEqual(placeOf(text, start.length));
    }),
  );
});

const schema = z.strictObject({
  name: z.string().check(z.minLength(1)),
  size: z.optional(z.int().check(z.positive(), z.maximum(9))),
  kinds: z.optional(z.array(z.enum(['fast', 'slow'])).check(z.minLength(1))),
  texts: z.optional(z.union([z.string().check(z.minLength(1)), z.array(z.string())])),
  by_name: z.optional(z.record(z.string(), z.strictObject({ amount: z.number() }))),
});

test.each([
  [7, 'must be an object, not a number'],
  [{}, 'name: is missing; it must be a string'],
  [{ name: null }, 'name: must be a string, not null'],
  [{ name: '' }, 'name: must not be empty'],
  [{ name: 'a', siez: 1 }, 'unknown field siez; did you mean size?'],
  [{ name: 'a', size: 1.5 }, 'size: must be a whole number'],
  [{ name: 'a', size: '1' }, 'size: must be a number, not a string'],
  [{ name: 'a', size: 0 }, 'size: must be greater than 0'],
  [{ name: 'a', size: 10 }, 'size: must be at most 9'],
  [{ name: 'a', kinds: [] }, 'kinds: must not be empty'],
  [{ name: 'a', kinds: ['fats'] }, 'kinds[0]: must be one of fast, slow; did you mean fast?'],
  [{ name: 'a', kinds: [true] }, 'kinds[0]: must be one of fast, slow, not true'],
  [{ name: 'a', texts: '' }, 'texts: must not be empty'],
  [{ name: 'a', texts: [7] }, 'texts[0]: must be a string, not a number'],
  [{ name: 'a', texts: {} }, 'texts: must be a string or an array, not an object'],
  [{ name: 'a', by_name: { b: { amuont: 1, amount: 1 } } }, 'did you mean amount?'],
  [{ name: 'a', by_name: { b: {} } }, 'by_name.b.amount: is missing; it must be a number'],
])('a file that holds %j is refused in plain words', (value, words) => {
  const parse = () => parseJsonFile(schema, JSON.stringify(value), 'f.json', 'a list');
  expect(parse).toThrow(/^f\.json is not a list: /);
  expect(parse).toThrow(words);
});
