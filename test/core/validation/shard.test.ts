import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { isInShard, parseShard } from '../../../src/core/validation/shard.ts';

describe('--shard', () => {
  it.each([
    ['1/1', { number: 1, count: 1 }],
    ['2/5', { number: 2, count: 5 }],
    [' 10 / 10 ', { number: 10, count: 10 }],
  ])('%j is a shard', (text, shard) => {
    expect(parseShard(text)).toEqual(shard);
  });

  it.each([
    '',
    '2',
    '0/5',
    '6/5',
    '2/0',
    '-1/5',
    '1.5/5',
    '2/5/1',
    'two/5',
    '02/5',
    '1/1001',
    '1/',
  ])('%j is refused', (text) => {
    expect(() => parseShard(text)).toThrow(UsageError);
  });

  const ids = Array.from({ length: 1000 }, (_, index) => `vendor/model-${index}`);
  const shardOf = (model: string, count: number) =>
    Array.from({ length: count }, (_, index) => index + 1).filter((number) =>
      isInShard(model, { number, count }),
    );

  it('puts every model into exactly one shard, and about as many into each', () => {
    const shards = ids.map((id) => shardOf(id, 5));
    expect(shards.every(({ length }) => length === 1)).toBe(true);
    for (let number = 1; number <= 5; number += 1) {
      const size = shards.filter(([only]) => only === number).length;
      expect(size).toBeGreaterThan(150);
      expect(size).toBeLessThan(250);
    }
  });

  it('puts a model into the same shard on every machine and in every version', () => {
    expect(
      ['qwen3-coder-plus', 'qwen-vl-plus', 'llama3:8b', 'модель'].map((id) => shardOf(id, 5)),
    ).toEqual([[5], [1], [2], [1]]);
  });
});
