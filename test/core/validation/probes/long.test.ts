import { describe, expect, it } from 'vitest';
import { longProbe } from '../../../../src/core/validation/probes/long.ts';
import { type Asked, judgeProbe } from '../../../helpers/judged-probe.ts';

const textOf = (request: Asked | undefined) => String(request?.messages[0]?.content);
const NEEDLE = /The secret code is (\d{5})\./g;

describe('the long probe', () => {
  it.each([1000, 32_000])('hides one needle in a text of %i tokens', async (long_tokens) => {
    const { asked } = await judgeProbe(longProbe, '', { long_tokens, seed: 'a' });
    const text = textOf(asked[0]);
    expect(text.length / 4).toBeGreaterThan(long_tokens);
    expect(text.length / 4).toBeLessThan(long_tokens * 1.1 + 50);
    const found = [...text.matchAll(NEEDLE)];
    expect(found).toHaveLength(1);
    const place = (found[0]?.index ?? 0) / text.length;
    expect(place).toBeGreaterThan(0.2);
    expect(place).toBeLessThan(0.8);
  });

  it('passes a model that finds the number and fails one that guesses', async () => {
    const find = (request: Asked) => [...textOf(request).matchAll(NEEDLE)][0]?.[1] ?? '';
    const found = await judgeProbe(longProbe, find);
    expect(found.finding).toMatchObject({ verdict: 'pass' });
    const guessed = await judgeProbe(longProbe, '00000');
    expect(guessed.finding.reason).toMatch(/^Answered "00000" to: .* \(it is \d{5}\)$/);
  });
});
