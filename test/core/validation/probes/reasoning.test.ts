import { describe, expect, it } from 'vitest';
import { reasoningProbe } from '../../../../src/core/validation/probes/reasoning.ts';
import { put, verdict } from '../../../helpers/judged-probe.ts';

const aloud = { content: '8', reasoning: 'One metre a day, and then …' };
const quiet = { content: '8' };

it('switches thinking on and then off, in the words of DashScope and of vLLM', async () => {
  const { finding, asked } = await put(reasoningProbe, [aloud, quiet]);
  expect(finding).toEqual({ verdict: 'pass' });
  expect(asked.map(({ parameters }) => parameters)).toMatchObject([
    { enable_thinking: true, chat_template_kwargs: { enable_thinking: true } },
    { enable_thinking: false, chat_template_kwargs: { enable_thinking: false } },
  ]);
});

it('knows thoughts that stand in the answer, and an empty block from one that holds some', async () => {
  const thinking = '<think>One metre a day</think>8';
  expect(await verdict(reasoningProbe, [thinking, '<think>\n\n</think>\n\n8'])).toBe('pass');
  expect(await verdict(reasoningProbe, ['One metre a day</think>8', quiet])).toBe('pass');
  expect(await verdict(reasoningProbe, [thinking, thinking])).toMatch(/^Sent reasoning although/);
});

describe('the reasoning probe fails a model', () => {
  it('that never thinks, and does not ask it again', async () => {
    const { finding, asked } = await put(reasoningProbe, quiet);
    expect(finding.reason).toBe('Sent no reasoning although thinking was on');
    expect(asked).toHaveLength(1);
  });

  it('that always thinks', async () => {
    const reason = await verdict(reasoningProbe, aloud);
    expect(reason).toBe('Sent reasoning although thinking was off');
  });

  it('that says nothing without thinking', async () => {
    expect(await verdict(reasoningProbe, [aloud, ''])).toMatch(/^Sent an empty answer/);
  });
});
