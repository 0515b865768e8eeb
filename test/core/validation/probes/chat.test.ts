import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDraw } from '../../../../src/core/validation/draw.ts';
import { chatProbe, drawSum } from '../../../../src/core/validation/probes/chat.ts';
import { WORDS } from '../../../../src/core/validation/words.ts';
import { type Asked, judgeProbe } from '../../../helpers/judged-probe.ts';

interface Sum {
  a: number;
  b: number;
  sum: number;
  word: string;
}

function read(question: Asked): Sum {
  const text = String(question.messages[0]?.content);
  const [, a, b, word = ''] = /What is (\d{3}) \+ (\d{3})\?.* "([a-z]+)"/.exec(text) ?? [];
  return { a: Number(a), b: Number(b), sum: Number(a) + Number(b), word };
}

/** `A`, `B` and `A+B` stand for the numbers of the question, `WORD` for its word. */
const written = (template: string, { a, b, sum, word }: Sum) =>
  template
    .replaceAll('A+B', String(sum))
    .replaceAll('WORD', word)
    .replaceAll(/\bA\b/g, String(a))
    .replaceAll(/\bB\b/g, String(b));

/** A seed whose sum has three digits, or four. */
const seedWith = (digits: number) =>
  Array.from({ length: 50 }, (_, index) => `seed ${index}`).find(
    (seed) => String(drawSum(createDraw(seed)).sum).length === digits,
  )!;

const judged = async (
  reply: string | ((sum: Sum) => string),
  { seed = seedWith(3), finish_reason = 'stop' } = {},
) =>
  judgeProbe(
    chatProbe,
    (question) => ({
      content: typeof reply === 'string' ? written(reply, read(question)) : reply(read(question)),
      finish_reason,
    }),
    { seed },
  );

describe('the question of the chat probe', () => {
  it('the chat probe asks in both modes, each time something else', async () => {
    const { asked } = await judgeProbe(chatProbe, '42', { modes: ['streamed', 'whole'] });
    expect(asked.map(({ mode }) => mode)).toEqual(['streamed', 'whole']);
    expect(new Set(asked.map((question) => read(question).a)).size).toBe(2);
  });

  it('the chat probe draws sums of three digits and more, each about as often as the others', () => {
    const draw = createDraw('sums');
    const counts = new Map<number, number>();
    for (let drawn = 0; drawn < 20_000; drawn += 1) {
      const { operands, sum } = drawSum(draw);
      expect(operands.every((one) => one >= 111 && one <= 999)).toBe(true);
      counts.set(sum, (counts.get(sum) ?? 0) + 1);
    }
    expect(counts.size).toBe(1088);
    expect(Math.max(...counts.values())).toBeLessThan(50);
  });
});

describe('answers to the question of the chat probe', () => {
  it.each([
    'A+B WORD',
    'A+B\nWORD',
    'A+B, then the word "WORD".',
    'A+B',
    ' A+B\n',
    '**A+B** WORD',
    'A+B.',
    'A+B.0',
    '$A+B$',
    '\\boxed{A+B}',
    'The answer is A+B.',
    'Maybe A+B',
    '答案是A+B。',
    'A + B = A+B',
    'A+B = A + B',
    'A+B (A + B)',
    'First 100 + 20 = 120, then 3 + 4 = 7, so A+B. WORD',
    'The hundreds make 700, the tens 70, so the answer is A+B',
    'A+B, since 100 + 20 = 120 and 3 + 4 = 7',
    '<think>A + B, is it 43?</think>A+B',
    '<think>\n7 + 5 = 12\n</think>\n\n**A+B**',
    'first I add 7 and 5 to get 12</think>A+B',
    '<think>one</think>41<think>two</think>A+B',
  ])('the chat probe accepts %j', async (content) => {
    expect((await judged(content)).finding).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    (sum: string) => `${sum[0]},${sum.slice(1)}`,
    (sum: string) => `${sum[0]}.${sum.slice(1)} otter`,
    (sum: string) => `${sum[0]} ${sum.slice(1)}`,
    (sum: string) => `${sum[0]}\u202f${sum.slice(1)}.00`,
    (sum: string) => `${sum[0]}'${sum.slice(1)}`,
    (sum: string) => `$${sum[0]}{,}${sum.slice(1)}$`,
    (sum: string) => [...sum].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
    (sum: string) => [...sum].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
    (sum: string) => [...sum].map((digit) => String.fromCodePoint(0x966 + Number(digit))).join(''),
  ])('the chat probe accepts a number of four digits written as %s', async (write) => {
    const { checks } = await judged(({ sum }) => write(String(sum)), { seed: seedWith(4) });
    expect(checks).toContainEqual(
      expect.objectContaining({ check: 'chat/right-answer', verdict: 'pass' }),
    );
  });

  it.each([
    '',
    '   ',
    'WORD',
    'What is A + B? Answer with the number in digits, then the word "WORD".',
    'A + B',
    '-A+B',
    'A+B0',
    '1A+B',
    'A+B.5',
    'A+B,5',
    '1,A+B',
    'A+B,000',
    'A + B = 43',
    'A+B? No, it is 43.',
    'A+B or 43',
    '43 or A+B',
    '41, 42, A+B',
    '43/A+B',
    'Not A+B',
    'The answer is between 42 and A+B',
    'seven',
    'vA+B',
    'A+Bnd',
    'I cannot help with that.',
    '<think>A + B = A+B',
    '<think>A+B</think>',
    '<think>A+B</think>41',
  ])('the chat probe refuses %j', async (content) => {
    expect((await judged(content)).finding).toMatchObject({ verdict: 'fail' });
  });

  it('the chat probe refuses every other number in any formatting', async () => {
    const wrap = fc.constantFrom(
      'N',
      '**N**',
      'The answer is N.',
      'A + B = N',
      '<think>A+B</think>N',
    );
    await fc.assert(
      fc.asyncProperty(fc.integer(), wrap, async (number, text) => {
        const { finding } = await judged((sum) =>
          written(text, sum).replace('N', String(number === sum.sum ? number + 1 : number)),
        );
        expect(finding.verdict).toBe('fail');
      }),
    );
  });

  it('the chat probe reports an answer to another question as cached', async () => {
    const { checks } = await judged(({ word }) => `703 ${WORDS.find((other) => other !== word)}`);
    expect(checks.map(({ check, verdict }) => [check, verdict])).toEqual([
      ['chat/fresh', 'fail'],
      ['chat/right-answer', 'fail'],
    ]);
    expect(checks[0]?.reason).toBe(
      'Answered "703 acrobat"; only another question asks for "acrobat", so a cache answered',
    );
  });
});

describe('the reasons of the chat probe', () => {
  it('the chat probe quotes a wrong answer and its question', async () => {
    const { finding } = await judged('It is 43.');
    expect(finding.reason).toMatch(
      /^Answered "It is 43\." to: What is \d+ \+ \d+\? Answer with the number in digits, then the word "\w+"\.$/,
    );
  });

  it('the chat probe quotes the beginning of a long wrong answer', async () => {
    const { finding } = await judged('🐟'.repeat(61));
    expect(finding.reason).toContain(`"${'🐟'.repeat(60)}…"`);
  });

  it('the chat probe reports an empty answer', async () => {
    expect((await judged('<think>hm</think>')).finding.reason).toMatch(/^Sent an empty answer/);
  });

  it('the chat probe reports an answer that was cut off by the limit', async () => {
    const { finding } = await judged('<think>Let me see', { finish_reason: 'length' });
    expect(finding.reason).toBe('Gave no answer within 2048 tokens');
  });
});
