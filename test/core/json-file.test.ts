import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonBreaksAt } from '../../src/core/json-file.ts';

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
