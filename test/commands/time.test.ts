import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  absoluteTime,
  expiredText,
  fullTime,
  isoTime,
  relativeTime,
} from '../../src/commands/time.ts';

test('any number is shown as a time or as an unknown time, without an exception', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (ms, now) => {
      const known = ms !== 0 && Math.abs(ms) <= 8.64e15;
      expect(isoTime(ms) !== undefined).toBe(known);
      expect(relativeTime(ms, now)).toMatch(known ? /^in |ago$/ : /unknown/);
      expect(absoluteTime(ms)).toMatch(/^[-+]?\d{4,6}-\d\d-\d\d \d\d:\d\d [-+]\d\d:\d\d$|unknown/);
      expect(fullTime(ms, now)).not.toBe('');
    }),
  );
});

test('the last millisecond of a Date is a known time and the next one is unknown', () => {
  expect(isoTime(8.64e15)).toBe('+275760-09-13T00:00:00.000Z');
  expect(isoTime(8.64e15 + 1)).toBeUndefined();
  expect(fullTime(8.64e15 + 1, 0)).toBe('an unknown time');
});

test('0 stands for no time', () => {
  expect(isoTime(0)).toBeUndefined();
  expect(absoluteTime(0)).toBe('an unknown time');
  expect(expiredText(0, 60_000)).toBe('expires at an unknown time');
  expect(expiredText(1, 60_001)).toMatch(/^expired 19.*\(1 min ago\)$/);
});
