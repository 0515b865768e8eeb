import { expect, test } from 'vitest';
import { isTooDeep, jsonOrUndefined, parseJson } from '../../src/core/json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test('JSON may have 500 levels, but not 501 or 100,000', () => {
  expect(parseJson(nested(500))).toEqual(JSON.parse(nested(500)));
  expect(() => parseJson(nested(501))).toThrow(SyntaxError);
  expect(jsonOrUndefined(nested(100_000))).toBeUndefined();
  expect(isTooDeep('{"a":'.repeat(501))).toBe(true);
});

test.each([
  JSON.stringify('['.repeat(2000)),
  JSON.stringify(`\\"${'['.repeat(2000)}`),
  JSON.stringify(`${'\\'.repeat(3)}${'{'.repeat(2000)}\\`),
  JSON.stringify(Array.from({ length: 2000 }, () => [{}])),
])('brackets in a string and side by side do not count as levels', (text) => {
  expect(isTooDeep(text)).toBe(false);
  expect(parseJson(text)).toEqual(JSON.parse(text));
});
