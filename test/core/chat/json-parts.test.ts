import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonBuffers, jsonParts } from '../../../src/core/chat/json-parts.ts';
import { stringify } from '../../../src/terminal/sanitize.ts';

const longText = `${'a'.repeat(65_535)}##[error]${'😀\u200B\u200B"\n\uD83D'.repeat(20_000)}`;
const value = {
  content: longText,
  none: undefined,
  list: [{ longText }, [], {}, null, undefined, 1],
  text: '',
};

test('JSON in parts is what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(3), (any, indent) => {
      const asJson = (one: unknown, spaces: number) => JSON.stringify(one, undefined, spaces);
      for (const data of [any, { any, longText, list: [any, longText] }]) {
        const parts = [...jsonParts(data, { stringify: asJson, indent })];
        expect(parts.join('')).toBe(JSON.stringify(data, undefined, indent));
        expect(parts.length > 1).toBe(data !== any);
      }
    }),
    { numRuns: 25 },
  );
  expect(String(Buffer.concat(jsonBuffers(value)))).toBe(JSON.stringify(value));
});

test('JSON of a long text comes in several parts, escaped for terminals and logs also where a part ends', () => {
  for (const indent of [0, 2]) {
    const parts = [...jsonParts(value, { stringify, indent })];
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.join('')).toBe(stringify(value, indent));
  }
});
