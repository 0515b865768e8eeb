import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closest, distance, nearest } from '../../src/core/nearest.ts';

const KNOWN = ['auth', 'plan', 'region', 'base_url', 'model', 'max_retries'];

test.each([
  ['modle', 'model'],
  ['Model', 'model'],
  ['baseurl', 'base_url'],
  ['base-url', 'base_url'],
  ['regoin', 'region'],
  ['plans', 'plan'],
  ['max_retry', 'max_retries'],
  ['xyz', undefined],
  ['', undefined],
])('%j is taken for %s', (name, known) => {
  expect(nearest(name, KNOWN)).toBe(known);
});

test.each([
  ['jsno', 'json'],
  ['tpa', 'tap'],
  ['markdwon', 'markdown'],
  ['mark', 'markdown'],
  ['j', undefined],
  ['xml', undefined],
])('the word %j is close to %s', (name, known) => {
  expect(closest(name, ['json', 'junit', 'tap', 'markdown'])).toBe(known);
});

/** By definition (Wagner and Fischer, with neighbors that change places), without remembering anything. */
function byDefinition(one: string, other: string): number {
  if (one === '' || other === '') return one.length + other.length;
  const [a, b] = [one.slice(1), other.slice(1)];
  if (one[0] === other[0]) return byDefinition(a, b);
  const swapped = one.length > 1 && one[0] === other[1] && one[1] === other[0];
  return (
    1 +
    Math.min(
      byDefinition(a, other),
      byDefinition(one, b),
      byDefinition(a, b),
      ...(swapped ? [byDefinition(one.slice(2), other.slice(2))] : []),
    )
  );
}

test('the distance is the fewest letters that must change', () => {
  const word = fc.string({ maxLength: 5, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(distance(one, other)).toBe(byDefinition(one, other));
    }),
  );
});
