import { describe, expect, it } from 'vitest';
import { reasoningProbe } from '../../../../src/core/validation/probes/reasoning.ts';
import { judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

const aloud = { content: '8', reasoning: 'One metre a day, and then …' };
const quiet = { content: '8' };

it('the reasoning probe switches thinking on and then off with the parameters of DashScope and of vLLM', async () => {
  const { finding, asked } = await judgeProbe(reasoningProbe, [aloud, quiet]);
  expect(finding).toMatchObject({ verdict: 'pass' });
  expect(asked.map(({ parameters }) => parameters)).toMatchObject([
    { enable_thinking: true, chat_template_kwargs: { enable_thinking: true } },
    { enable_thinking: false, chat_template_kwargs: { enable_thinking: false } },
  ]);
});

it('the reasoning probe finds reasoning in <think> tags and ignores an empty block', async () => {
  const thinking = '<think>One metre a day</think>8';
  expect(await verdict(reasoningProbe, [thinking, '<think>\n\n</think>\n\n8'])).toBe('pass');
  expect(await verdict(reasoningProbe, ['One metre a day</think>8', quiet])).toBe('pass');
  expect(await verdict(reasoningProbe, [thinking, thinking])).toMatch(/^Sent reasoning although/);
});

describe('the reasoning probe fails a model', () => {
  it('that never thinks, and sends no second request', async () => {
    const { finding, asked } = await judgeProbe(reasoningProbe, quiet);
    expect(finding.reason).toBe('Sent no reasoning although thinking was on');
    expect(asked).toHaveLength(1);
  });

  it('that always thinks', async () => {
    const reason = await verdict(reasoningProbe, aloud);
    expect(reason).toBe('Sent reasoning although thinking was off');
  });

  it('that sends an empty answer without thinking', async () => {
    expect(await verdict(reasoningProbe, [aloud, ''])).toMatch(/^Sent an empty answer/);
  });
});
