import { describe, expect, it } from 'vitest';
import { systemProbe } from '../../../../src/core/validation/probes/system.ts';
import { judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

describe('the system probe', () => {
  it('sends a system text that contradicts the question', async () => {
    const { asked } = await judgeProbe(systemProbe, 'zanzibar');
    expect(asked[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked[0]?.messages[0]?.content).toContain('zanzibar');
    expect(asked[0]?.messages[1]?.content).not.toContain('zanzibar');
  });

  it.each([
    'zanzibar',
    'Zanzibar.',
    '"zanzibar"',
    '**Zanzibar**\n',
    '<think>Paris?</think>zanzibar',
  ])('passes %j', async (content) => {
    expect(await verdict(systemProbe, content)).toBe('pass');
  });

  it.each(['Paris', 'Paris. zanzibar', 'I will say zanzibar', ''])('fails %j', async (content) => {
    const { finding } = await judgeProbe(systemProbe, content);
    expect(finding.verdict).toBe('fail');
  });

  it('fails a model that repeats the whole prompt', async () => {
    const { finding } = await judgeProbe(systemProbe, ({ messages }) =>
      messages.map(({ content }) => content).join('\n'),
    );
    expect(finding.verdict).toBe('fail');
  });
});
