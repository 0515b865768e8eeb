import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, figuresOf, spreadOf, tokensOf } from '../../../src/core/validation/figures.ts';
import { answer } from '../../helpers/scripted-chat.ts';

describe('the spread', () => {
  it.each([
    [[], undefined],
    [[undefined, undefined], undefined],
    [[7], { min: 7, median: 7, max: 7 }],
    [[9, undefined, 1, 5], { min: 1, median: 5, max: 9 }],
    [[4, 1, 2, 3], { min: 1, median: 2.5, max: 4 }],
  ])('of %j is %j', (measured, spread) => {
    expect(spreadOf(measured)).toEqual(spread);
  });

  it('has as many values below the median as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }), (values) => {
        const { min, median, max } = spreadOf(values)!;
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)]);
        const below = values.filter((value) => value < median).length;
        const above = values.filter((value) => value > median).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('tokens per second', () => {
  const rate = (completion_tokens: number | undefined, first_token: number, total: number) =>
    figuresOf(
      answer('', {
        chunks: 8,
        usage: completion_tokens === undefined ? undefined : { completion_tokens },
      }),
      total,
      first_token,
    ).tokens_per_second;

  it('are counted from the first token on', () => {
    expect(rate(100, 1000, 3000)).toBe(50);
  });

  it('are counted over the whole time when all text comes at once', () => {
    expect(rate(100, 1999, 2000)).toBe(50);
  });

  it('are estimated from the pieces when the server sends no usage', () => {
    expect(rate(undefined, 1000, 2000)).toBe(8);
  });

  it('are unknown for an answer of a few tokens', () => {
    expect(rate(4, 1000, 2000)).toBeUndefined();
  });
});

describe('the price of an answer', () => {
  const text = 'a'.repeat(400);

  it.each([0, -1, Number.NaN, Infinity, 1.5, 1, 10_000_000, 1e15])(
    'is estimated when the server counts %d tokens',
    (count) => {
      const usage = { prompt_tokens: count, completion_tokens: count, total_tokens: count };
      const tokens = tokensOf(answer(text, { usage }), 200);
      expect(tokens).toEqual({ prompt_tokens: 200, completion_tokens: 100 });
      expect(costOf(answer(text, { usage }), tokens)).toBe(300);
    },
  );

  it.each([7, 30, 900, 30_000])('is believed when the server counts %d tokens', (count) => {
    const usage = { prompt_tokens: 200, completion_tokens: count };
    expect(tokensOf(answer(text, { usage }), 200)).toEqual(usage);
  });

  it('counts the function calls', () => {
    const tool_calls = [{ id: '1', name: 'weather', arguments: 'b'.repeat(33) }];
    expect(tokensOf(answer('', { tool_calls }), 9).completion_tokens).toBe(10);
  });

  it('is the total of the server where it counts more than prompt and answer', () => {
    const tokens = { prompt_tokens: 20, completion_tokens: 100 };
    expect(costOf(answer(text, { usage: { total_tokens: 500 } }), tokens)).toBe(500);
    expect(costOf(answer(text, { usage: { total_tokens: 90 } }), tokens)).toBe(120);
  });

  it('is the usage that the server sends', () => {
    const usage = { prompt_tokens: 12, completion_tokens: 34 };
    expect(tokensOf(answer('', { usage }), 99)).toEqual(usage);
  });

  it('is estimated when the server sends no usage', () => {
    const tokens = tokensOf(answer('a'.repeat(100), { reasoning: 'b'.repeat(20) }), 99);
    expect(tokens).toEqual({ prompt_tokens: 99, completion_tokens: 30 });
  });
});
