import { expect, test } from 'vitest';
import { excessOf, jsonOrUndefined, parseJson } from '../../src/core/json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test('JSON may have 500 levels, but not 501 or 100,000', () => {
  expect(parseJson(nested(500))).toEqual(JSON.parse(nested(500)));
  expect(() => parseJson(nested(501))).toThrow(SyntaxError);
  expect(jsonOrUndefined(nested(100_000))).toBeUndefined();
  expect(excessOf('{"a":'.repeat(501))).toContain('500 levels');
});

test.each([
  JSON.stringify('['.repeat(2000)),
  JSON.stringify(`\\"${'['.repeat(2000)}`),
  JSON.stringify(`${'\\'.repeat(3)}${'{'.repeat(2000)}\\`),
  JSON.stringify(Array.from({ length: 2000 }, () => [{}])),
])('brackets in a string and side by side do not count as levels', (text) => {
  expect(excessOf(text)).toBeUndefined();
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test('a list of more than 50,000 values is refused, and many shorter lists are not', () => {
  const list = (size: number) => `[${'0,'.repeat(size - 1)}0]`;
  expect(() => parseJson(list(50_001))).toThrow('a list of more than 50000 values');
  expect(parseJson(list(50_000))).toHaveLength(50_000);
  expect(parseJson(`[${Array.from({ length: 30 }, () => list(10_000)).join(',')}]`)).toHaveLength(
    30,
  );
  expect(jsonOrUndefined(list(50_001))).toBeUndefined();
});

test('a text of more than a million values is refused, however they are nested', () => {
  const list = `[${'{},'.repeat(40_000)}{}]`;
  const text = (lists: number) => `[${Array.from({ length: lists }, () => list).join(',')}]`;
  expect(() => parseJson(text(10))).not.toThrow();
  expect(() => parseJson(text(20))).toThrow(/more than 1000000 values/);
});
