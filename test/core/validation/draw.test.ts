import { expect, it } from 'vitest';
import { createDraw } from '../../../src/core/validation/draw.ts';

const hundred = (seed: string) => {
  const { integer } = createDraw(seed);
  return Array.from({ length: 100 }, () => integer(1, 6));
};

it('the same seed draws the same, and another one draws something else', () => {
  expect(hundred('a')).toEqual(hundred('a'));
  expect(hundred('a')).not.toEqual(hundred('b'));
});

it('a draw gives every value of its range about as often as the others', () => {
  const { integer } = createDraw('x');
  const counts = Array<number>(6).fill(0);
  for (let throws = 0; throws < 6000; throws += 1) counts[integer(0, 5)]! += 1;
  // 1000 each, with a standard deviation of 29.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

it('several of a list are all different and at most the whole list', () => {
  const { several } = createDraw('y');
  expect(new Set(several(['a', 'b', 'c', 'd'], 3)).size).toBe(3);
  expect(several(['a', 'b'], 5).toSorted()).toEqual(['a', 'b']);
});
