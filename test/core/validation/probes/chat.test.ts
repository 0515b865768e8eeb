import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatProbe } from '../../../../src/core/validation/probes/chat.ts';
import { judgeProbe } from '../../../helpers/judged-probe.ts';

const judged = async (content: string, finish_reason = 'stop') =>
  (await judgeProbe(chatProbe, { content, finish_reason })).finding;

describe('the question of the chat probe', () => {
  it('the chat probe asks in both modes', async () => {
    const { asked } = await judgeProbe(chatProbe, '42', { modes: ['streamed', 'whole'] });
    expect(asked.map(({ mode }) => mode)).toEqual(['streamed', 'whole']);
  });

  it('the chat probe fails a model that repeats the question', async () => {
    const { finding } = await judgeProbe(chatProbe, ({ messages }) =>
      messages.map(({ content }) => content).join(),
    );
    expect(finding).toMatchObject({ verdict: 'fail' });
  });
});

describe('answers to the question of the chat probe', () => {
  it.each([
    '42',
    ' 42\n',
    '**42**',
    '42.',
    '42.0',
    '$42$',
    '\\boxed{42}',
    'The answer is 42.',
    '答案是42。',
    '17 + 25 = 42',
    '17+25=42',
    '42 (17 + 25)',
    '10 + 20 = 30, 7 + 5 = 12, 30 + 12 = 42',
    '<think>17 + 25, is it 43?</think>42',
    '<think>\n7 + 5 = 12\n</think>\n\n**42**',
    'first I add 7 and 5 to get 12</think>42',
    '<think>one</think>41<think>two</think>42',
  ])('the chat probe accepts %j', async (content) => {
    expect(await judged(content)).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    '',
    '   ',
    '420',
    '142',
    '4 2',
    '-42',
    '42.5',
    '42,5',
    '1,042',
    '42,000',
    '17+25=43',
    '42? No, it is 43.',
    'forty',
    'v42',
    '42nd',
    'I cannot help with that.',
    '<think>17 + 25 = 42',
    '<think>42</think>',
    '<think>42</think>41',
  ])('the chat probe refuses %j', async (content) => {
    expect(await judged(content)).toMatchObject({ verdict: 'fail' });
  });

  it('the chat probe refuses every other number in any formatting', async () => {
    const wrong = fc.integer().filter((number) => number !== 42);
    const wrap = fc.constantFrom(
      'N',
      '**N**',
      'The answer is N.',
      '17 + 25 = N',
      '<think>42</think>N',
    );
    await fc.assert(
      fc.asyncProperty(wrong, wrap, async (number, text) => {
        const finding = await judged(text.replace('N', String(number)));
        expect(finding.verdict).toBe('fail');
      }),
    );
  });
});

describe('the reasons of the chat probe', () => {
  it('the chat probe quotes a wrong answer and its question', async () => {
    const { reason } = await judged('It is 43.');
    expect(reason).toBe('Answered "It is 43." to: What is 17 + 25? Answer with the number only.');
  });

  it('the chat probe quotes the beginning of a long wrong answer', async () => {
    const { reason } = await judged('🐟'.repeat(61));
    expect(reason).toContain(`"${'🐟'.repeat(60)}…"`);
  });

  it('the chat probe reports an empty answer', async () => {
    expect((await judged('<think>hm</think>')).reason).toMatch(/^Sent an empty answer/);
  });

  it('the chat probe reports an answer that was cut off by the limit', async () => {
    const { reason } = await judged('<think>Let me see', 'length');
    expect(reason).toBe('Gave no answer within 2048 tokens');
  });
});
