import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../../src/core/chat/answer.ts';
import { longProbe } from '../../../../src/core/validation/probes/long.ts';
import { realRandom } from '../../../helpers/real-world.ts';
import { put } from '../../../helpers/judged-probe.ts';

const textOf = (request: ChatRequest | undefined) => String(request?.messages[0]?.content);
const NEEDLE = /The secret code is (\d{5})\./g;

describe('the long probe', () => {
  it.each([1000, 32_000])('hides one needle in a text of %i tokens', async (long_tokens) => {
    const { asked } = await put(longProbe, '', { long_tokens, random: realRandom });
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
    const find = (request: ChatRequest) => [...textOf(request).matchAll(NEEDLE)][0]?.[1] ?? '';
    const found = await put(longProbe, find, { random: realRandom });
    expect(found.finding).toEqual({ verdict: 'pass' });
    const guessed = await put(longProbe, '00000', { random: realRandom });
    expect(guessed.finding.reason).toMatch(/^Answered "00000" to: .* \(it is \d{5}\)$/);
  });
});
