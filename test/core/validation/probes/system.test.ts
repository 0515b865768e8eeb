import { describe, expect, it } from 'vitest';
import { systemProbe } from '../../../../src/core/validation/probes/system.ts';
import { type Asked, judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

const systemText = ({ messages }: Asked) => String(messages[0]?.content);
const wordsIn = (question: Asked) => /"(\w+ \w+)"/.exec(systemText(question))?.[1] ?? '';

/** `WORDS` stands for those that the system text asks for. */
const saying = (template: string) => (question: Asked) =>
  template.replaceAll('WORDS', wordsIn(question));

describe('the system probe', () => {
  it('sends a system text that overrides the question', async () => {
    const { asked } = await judgeProbe(systemProbe, 'x');
    const [question] = asked;
    expect(question?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(wordsIn(question!)).toMatch(/^\w+ \w+$/);
    expect(question?.messages[1]?.content).toMatch(/^What is \d+ \+ \d+\?$/);
  });

  it.each(['WORDS', 'WORDS.', '"WORDS"', '**WORDS**\n', '<think>703?</think>WORDS'])(
    'passes %j',
    async (content) => {
      expect(await verdict(systemProbe, saying(content))).toBe('pass');
      const shouted = (question: Asked) => saying(content)(question).toUpperCase();
      if (!content.includes('<')) expect(await verdict(systemProbe, shouted)).toBe('pass');
      const commas = (question: Asked) => saying(content)(question).replace(/(?<=\w) /, ', ');
      expect(await verdict(systemProbe, commas)).toBe('pass');
    },
  );

  it.each(['703', '703. WORDS', 'I will say WORDS', 'otter', 'WORDS WORDS', ''])(
    'fails %j',
    async (content) => {
      const { finding } = await judgeProbe(systemProbe, saying(content));
      expect(finding.verdict).toBe('fail');
    },
  );

  it('fails a model that repeats the whole prompt', async () => {
    const { finding } = await judgeProbe(systemProbe, ({ messages }) =>
      messages.map(({ content }) => content).join('\n'),
    );
    expect(finding.verdict).toBe('fail');
  });

  it('reports words of another run as cached', async () => {
    const { checks } = await judgeProbe(systemProbe, 'walrus otter');
    expect(checks).toContainEqual(
      expect.objectContaining({ check: 'system/fresh', verdict: 'fail' }),
    );
  });
});
