import { describe, expect, it } from 'vitest';
import { longProbe } from '../../../../src/core/validation/probes/long.ts';
import { type Asked, judgeProbe } from '../../../helpers/judged-probe.ts';

const textOf = (question: Asked | undefined) => String(question?.messages[0]?.content);
const needlesIn = (question: Asked | undefined) => [
  ...textOf(question).matchAll(/The code of the (red|green|blue) box is ([a-z]+-\d{3})\./g),
];
const codesIn = (question: Asked) => needlesIn(question).map(([, , code = '']) => code);

const failed = async (reply: (question: Asked) => string) =>
  (await judgeProbe(longProbe, reply)).checks
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ check }) => check);

describe('the long probe', () => {
  it.each([1000, 32_000])('hides three codes in a text of %i tokens', async (long_tokens) => {
    const { asked } = await judgeProbe(longProbe, '', { long_tokens, seed: 'a' });
    const text = textOf(asked[0]);
    expect(text.length / 4).toBeGreaterThan(long_tokens);
    expect(text.length / 4).toBeLessThan(long_tokens * 1.1 + 70);
    const needles = needlesIn(asked[0]);
    expect(new Set(needles.map(([, box]) => box))).toEqual(new Set(['blue', 'green', 'red']));
    const places = needles.map(({ index }) => index / text.length);
    expect(places[0]).toBeLessThan(0.12);
    expect(Math.abs(places[1]! - 0.5)).toBeLessThan(0.1);
    expect(places[2]).toBeGreaterThan(0.8);
  });

  it.each<(question: Asked) => string>([
    (question) => codesIn(question).join(', '),
    (question) =>
      needlesIn(question)
        .map(([, box, code]) => `- ${box}: **${code}**`)
        .join('\n'),
    (question) => codesIn(question).join('\n').toUpperCase().replaceAll('-', ' – '),
  ])('passes a model that finds the codes: %s', async (reply) => {
    expect(await failed(reply)).toEqual([]);
  });

  it('names the part of the text that the model did not see', async () => {
    const without = (lost: number) => (question: Asked) =>
      codesIn(question)
        .filter((_, index) => index !== lost)
        .join();
    expect(await failed(without(0))).toEqual(['long/start']);
    expect(await failed(without(1))).toEqual(['long/middle']);
    expect(await failed(without(2))).toEqual(['long/end']);
  });

  it('fails a model that repeats the text, guesses, or answers another run', async () => {
    const all = ['long/start', 'long/middle', 'long/end'];
    expect(await failed(textOf)).toEqual(all);
    expect(await failed(() => 'red 123, green 456, blue 789')).toEqual(all);
    expect(await failed(() => 'zebra-123')).toEqual(['long/fresh', ...all]);
  });
});
