import { describe, expect, it } from 'vitest';
import { reasoningProbe } from '../../../../src/core/validation/probes/reasoning.ts';
import { type Asked, judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

interface Said {
  content: string;
  reasoning?: string;
}

const aloud: Said = { content: 'RESULT', reasoning: 'Ten of them make …' };
const quiet: Said = { content: 'RESULT' };

/** A model that says this with thinking on and off; `RESULT` becomes the right number. */
const saying = (on: Said | string, off: Said | string) => (question: Asked) => {
  const text = String(question.messages[0]?.content);
  const [, a, b, c] = /What is (\d+) \* (\d+) \+ (\d+)\?/.exec(text) ?? [];
  const said = question.parameters?.enable_thinking === true ? on : off;
  const { content, ...more } = typeof said === 'string' ? { content: said } : said;
  return { content: content.replace('RESULT', String(Number(a) * Number(b) + Number(c))), ...more };
};

it('the reasoning probe switches thinking on and then off with the parameters of DashScope and of vLLM', async () => {
  const { finding, asked } = await judgeProbe(reasoningProbe, saying(aloud, quiet));
  expect(finding).toMatchObject({ verdict: 'pass' });
  expect(asked.map(({ parameters }) => parameters)).toMatchObject([
    { enable_thinking: true, chat_template_kwargs: { enable_thinking: true } },
    // The next turn.
    { enable_thinking: true },
    { enable_thinking: false, chat_template_kwargs: { enable_thinking: false } },
  ]);
  expect(new Set(asked.map(({ messages }) => messages.at(-1)?.content)).size).toBe(3);
});

it('the reasoning probe finds reasoning in <think> tags and ignores an empty block', async () => {
  const thinking = '<think>Ten of them</think>RESULT';
  const pass = (on: string, off: Said | string) => verdict(reasoningProbe, saying(on, off));
  expect(await pass(thinking, '<think>\n\n</think>\n\nRESULT')).toBe('pass');
  expect(await pass('Ten of them</think>RESULT', quiet)).toBe('pass');
  expect(await pass(thinking, thinking)).toMatch(/^Sent reasoning although/);
});

it('the reasoning probe passes thoughts that leave no tokens for the answer', async () => {
  const long = { content: '', reasoning: 'Hm', finish_reason: 'length' };
  expect(await verdict(reasoningProbe, saying(long, quiet))).toBe('pass');
});

describe('the reasoning probe fails a model', () => {
  it.each(['\n\n', '\u200b \u2060\n'])(
    'that sends %j as reasoning, also if its usage counts it',
    async (reasoning) => {
      const usage = { reasoning_tokens: 40 };
      const blank = { ...quiet, reasoning, usage };
      expect(await verdict(reasoningProbe, saying(blank, quiet))).toMatch(/only white space/);
      const hidden = { ...quiet, usage };
      expect(await verdict(reasoningProbe, saying(hidden, quiet))).toBe('pass');
    },
  );

  it('that never thinks, and sends no second request', async () => {
    const { finding, asked } = await judgeProbe(reasoningProbe, saying(quiet, quiet));
    expect(finding.reason).toBe('Sent no reasoning although thinking was on');
    expect(asked).toHaveLength(1);
  });

  it('that always thinks', async () => {
    const reason = await verdict(reasoningProbe, saying(aloud, aloud));
    expect(reason).toBe('Sent reasoning although thinking was off');
  });

  it.each(['8', '', 'RESULT or 8'])('that thinks and then answers %j', async (content) => {
    const { checks } = await judgeProbe(reasoningProbe, saying({ ...aloud, content }, quiet));
    expect(checks).toContainEqual(
      expect.objectContaining({ check: 'reasoning/right-answer', verdict: 'fail' }),
    );
  });

  it('that sends an empty answer without thinking', async () => {
    expect(await verdict(reasoningProbe, saying(aloud, ''))).toMatch(/^Sent an empty answer/);
  });
});
