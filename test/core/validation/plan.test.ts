import { describe, expect, it } from 'vitest';
import { bound } from '../../helpers/validate.ts';
import { createPlan } from '../../../src/core/validation/plan.ts';

const models = (...ids: string[]) => ids.map((model) => ({ model, required: true }));
const CHAT = { names: ['chat' as const], long_tokens: 8000 };

describe('a plan', () => {
  it('holds every model with its claims, and the columns', () => {
    const { candidates, probes } = createPlan(models('llama3', 'vision-model'), undefined, {});
    expect(candidates.map(({ claims }) => claims.includes('vision'))).toEqual([false, true]);
    expect(probes).toEqual(['chat', 'stream', 'system', 'vision', 'stop', 'max-tokens']);
  });

  it('includes the stream probe when a limit on the speed is set', () => {
    const limits = { min_tokens_per_second: bound(10) };
    expect(createPlan(models('llama3'), CHAT, limits)).toMatchObject({
      candidates: [{ claims: ['chat', 'stream'] }],
      probes: ['chat', 'stream'],
    });
    const { candidates, probes } = createPlan(
      [...models('a'), { model: 'b', required: true, limits }],
      CHAT,
      {},
    );
    expect(candidates.map(({ claims }) => claims)).toEqual([['chat'], ['chat', 'stream']]);
    expect(probes).toEqual(['chat', 'stream']);
  });

  it('is refused when no model has a probe to run, unless one is required', () => {
    const vision = { names: ['vision' as const], long_tokens: 8000 };
    const optional = [{ model: 'qwen3-coder-plus', required: false }];
    expect(() => createPlan(optional, vision, {})).toThrow(
      'No model claims vision: there is nothing to ask',
    );
    expect(createPlan(models('qwen3-coder-plus'), vision, {})).toMatchObject({
      candidates: [{ claims: expect.not.arrayContaining(['vision']) }],
      probes: ['vision'],
    });
  });
});
