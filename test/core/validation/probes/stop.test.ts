import { describe, expect, it } from 'vitest';
import { maxTokensProbe, stopProbe } from '../../../../src/core/validation/probes/stop.ts';
import { judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

describe('the stop probe', () => {
  it('passes an answer that ends before the stop text', async () => {
    const { finding, asked } = await judgeProbe(stopProbe, '1, 2, 3, 4, 5, 6, ');
    expect(finding).toMatchObject({ verdict: 'pass' });
    expect(asked[0]?.parameters?.stop).toEqual(['7']);
  });

  it.each([
    ['1, 2, 3, 4, 5, 6, 7, 8, 9', /^Continued after the stop text/],
    ['1, 2, 3, 4, 5, 6, 7', /^Continued after the stop text/],
    ['1, 2, 3', /^Ended before the stop text/],
    ['', /^Ended before/],
  ])('fails %j', async (content, reason) => {
    expect(await verdict(stopProbe, content)).toMatch(reason);
  });
});

describe('the max-tokens probe', () => {
  const cut = { content: '1, 2, 3, 4, 5, 6', finish_reason: 'length' };

  it('passes an answer that is cut off with finish_reason length', async () => {
    const { finding, asked } = await judgeProbe(maxTokensProbe, cut);
    expect(finding).toMatchObject({ verdict: 'pass' });
    expect(asked[0]?.parameters?.max_tokens).toBe(16);
  });

  it('fails an answer with finish_reason stop', async () => {
    const reply = { ...cut, finish_reason: 'stop' };
    expect(await verdict(maxTokensProbe, reply)).toMatch(/finish_reason stop, not length/);
  });

  it('fails an answer with more tokens than the limit', async () => {
    const reply = { ...cut, usage: { completion_tokens: 17 } };
    expect(await verdict(maxTokensProbe, reply)).toBe('Wrote 17 tokens at max_tokens 16');
  });
});
