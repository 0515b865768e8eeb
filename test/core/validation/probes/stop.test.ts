import { describe, expect, it } from 'vitest';
import type { Probe } from '../../../../src/core/validation/probes/probe.ts';
import { maxTokensProbe, stopProbe } from '../../../../src/core/validation/probes/stop.ts';
import { type Asked, judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

const textOf = ({ messages }: Asked) => String(messages[0]?.content);
const fromOf = (question: Asked) => Number(/from (\d+) to/.exec(textOf(question))?.[1]);
const stopOf = ({ parameters }: Asked) => Number(String(parameters?.stop));

const range = (from: number, end: number) =>
  Array.from({ length: end - from }, (_, index) => from + index).join(', ');

/** The worst verdict, and the checks that did not pass. */
async function judged(probe: Probe, reply: Parameters<typeof judgeProbe>[1]) {
  const { checks, finding } = await judgeProbe(probe, reply);
  const bad = checks.filter(({ verdict }) => verdict !== 'pass').map(({ check }) => check);
  return [finding.verdict, ...bad];
}

describe('the stop probe', () => {
  it.each<(question: Asked) => string | { content: string; reasoning: string }>([
    (question) => `${range(fromOf(question), stopOf(question))}, `,
    (question) => range(fromOf(question), stopOf(question)).replaceAll(' ', ''),
    (question) => `Here it is: ${range(fromOf(question), stopOf(question))}`,
    (question) =>
      `From ${fromOf(question)} to ${fromOf(question) + 8}: ${range(fromOf(question), stopOf(question))}`,
  ])('passes an answer that ends before the stop text: %s', async (reply) => {
    expect(await judged(stopProbe, reply)).toEqual(['pass']);
  });

  it.each<[string, (question: Asked) => string, string]>([
    ['ignores it', (question) => range(fromOf(question), fromOf(question) + 9), 'stop/ends'],
    ['sends it too', (question) => range(fromOf(question), stopOf(question) + 1), 'stop/ends'],
    ['ends too early', (question) => range(fromOf(question), fromOf(question) + 2), 'stop/in-time'],
    ['is empty', () => '', 'stop/in-time'],
    [
      'answers another run',
      (question) => range(fromOf(question) > 500 ? 200 : 700, 730),
      'stop/fresh',
    ],
  ])('fails an answer that %s', async (_, reply, check) => {
    expect(await judged(stopProbe, reply)).toEqual(['fail', check]);
  });

  it('warns when the stop text ends the reasoning', async () => {
    const thinks = (question: Asked) => ({
      content: '',
      reasoning: `I count ${range(fromOf(question), stopOf(question))}, `,
    });
    expect(await judged(stopProbe, thinks)).toEqual(['warn', 'stop/in-time']);
  });
});

describe('the max-tokens probe', () => {
  const cut =
    (count: number, more: object = {}) =>
    (question: Asked) => ({
      content: range(fromOf(question), fromOf(question) + count),
      finish_reason: 'length',
      ...more,
    });

  it('passes an answer that is cut off with finish_reason length', async () => {
    const { finding, asked } = await judgeProbe(maxTokensProbe, cut(4));
    expect(finding).toMatchObject({ verdict: 'pass' });
    expect(asked[0]?.parameters?.max_tokens).toBe(16);
  });

  it.each<[string, Parameters<typeof judgeProbe>[1], string]>([
    ['finish_reason stop', cut(4, { finish_reason: 'stop' }), 'max-tokens/finish-reason'],
    ['17 tokens', cut(4, { usage: { completion_tokens: 17 } }), 'max-tokens/held'],
    [
      '40 numbers that it calls 16 tokens',
      cut(40, { usage: { completion_tokens: 16 } }),
      'max-tokens/held',
    ],
    [
      'the numbers of another run',
      (question) => ({
        ...cut(4)(question),
        content: range(fromOf(question) > 350 ? 101 : 555, 559),
      }),
      'max-tokens/fresh',
    ],
  ])('fails an answer with %s', async (_, reply, check) => {
    expect(await judged(maxTokensProbe, reply)).toEqual(['fail', check]);
  });

  it('says how many tokens were too many', async () => {
    const reply = cut(4, { usage: { completion_tokens: 17 } });
    expect(await verdict(maxTokensProbe, reply)).toBe('Wrote 17 tokens at max_tokens 16');
  });
});
