import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/core/errors.ts';
import type { OwnProbe } from '../../../../src/core/validation/own-probe.ts';
import { ownProbe } from '../../../../src/core/validation/probes/own.ts';
import { judgeProbe } from '../../../helpers/judged-probe.ts';

const question = (name: string, expected: OwnProbe['expected']): OwnProbe => ({
  name,
  prompt: `Question ${name}`,
  system: undefined,
  pictures: [],
  expected,
});

const own = [question('capital', { equals: 'Paris' }), question('sum', { number: 42 })];

describe('the questions of a models file', () => {
  it('are each a check, in both modes in a full run', async () => {
    const replies = ({ messages }: { messages: { content: unknown }[] }) =>
      messages[0]?.content === 'Question sum' ? '<think>7</think>It is 43.' : ' Paris ';
    const modes = ['streamed', 'whole'] as const;
    const { checks, asked } = await judgeProbe(ownProbe, replies, { own, modes });
    expect(asked.map(({ mode }) => mode)).toEqual([...modes, ...modes]);
    expect(checks).toMatchObject([
      { check: 'own/capital', verdict: 'pass', count: 2 },
      { check: 'own/sum', verdict: 'fail', count: 2, passed: 0 },
    ]);
    expect(checks[1]?.reason).toBe('Answered "It is 43.", whose last number is 43; 42 is right');
    expect((await judgeProbe(ownProbe, '42', { own, modes, full: false })).asked).toHaveLength(2);
  });

  it('that the server refuses are unsupported, and the others are asked', async () => {
    const refusal = new ApiError('No pictures', { code: 'bad_request', status: 400 });
    const { checks } = await judgeProbe(ownProbe, [refusal, '42'], { own });
    expect(checks).toMatchObject([
      { check: 'own/capital', verdict: 'unsupported', reason: 'No pictures' },
      { check: 'own/sum', verdict: 'pass' },
    ]);
  });

  it('that are cut off say so', async () => {
    const { finding } = await judgeProbe(
      ownProbe,
      { content: 'Par', finish_reason: 'length' },
      { own: own.slice(0, 1) },
    );
    expect(finding.reason).toBe(
      'Answered "Par" (cut off at its limit of tokens), which is not "Paris"',
    );
  });
});
