import { expect, test } from 'vitest';
import { parseDuration } from '../../src/core/number.ts';
import { UsageError } from '../../src/core/errors.ts';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['45', 45_000],
  ['1.5', 1500],
  [' 2s ', 2000],
])('the duration %j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '0', '0s', '-1', '1d', 'abc', '1e3', 'Infinity', '30 s s', '999h', '0.0001ms'])(
  'the duration %j is refused',
  (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
  },
);
