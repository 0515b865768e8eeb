import { describe, expect, it } from 'vitest';
import { selfDescription } from '../../../src/core/models/self-description.ts';
import { claimsOf } from '../../../src/core/validation/claims.ts';
import { plannedProbes } from '../../../src/core/validation/plan.ts';
import type { ProbeName } from '../../../src/core/validation/report.ts';

const list = (names: ProbeName[], long_tokens = 8000) => ({ names, long_tokens });
const BASIC = ['chat', 'stream', 'system', 'stop', 'max-tokens'];

describe('a model claims', () => {
  it('the abilities in the catalog and those of every model', () => {
    const claims = claimsOf('qwen3-coder-plus', undefined, undefined);
    expect(claims.toSorted()).toEqual([...BASIC, 'json', 'tools'].toSorted());
    expect(claimsOf('vision-model', undefined, undefined)).toContain('vision');
    expect(claimsOf('coder-model', undefined, undefined)).toContain('reasoning');
  });

  it('no requested ability that the catalog does not list', () => {
    expect(claimsOf('qwen3-coder-plus', undefined, list(['vision']))).not.toContain('vision');
  });

  it('only chat, when neither the catalog nor a request names abilities', () => {
    expect(claimsOf('llama3', undefined, undefined)).toEqual(['chat']);
  });

  it('the requested abilities, when the catalog does not know it', () => {
    expect(claimsOf('llama3', undefined, list(['tools', 'chat']))).toEqual(['chat', 'tools']);
  });

  it('the abilities that the endpoint says, before those of the catalog', () => {
    const says = (said: object) => selfDescription(said);
    const vision = says({ architecture: { input_modalities: ['text', 'image'] } });
    expect(claimsOf('llama3', undefined, undefined, vision)).toEqual(
      expect.arrayContaining([...BASIC, 'vision']),
    );
    const blind = says({ capabilities: { vision: false } });
    expect(claimsOf('vision-model', undefined, undefined, blind)).not.toContain('vision');
    expect(claimsOf('llama3', undefined, list(['vision']), blind)).not.toContain('vision');
  });

  it('no needle in a text that is longer than the context that the endpoint says', () => {
    const small = selfDescription({ max_model_len: 8192 });
    expect(claimsOf('llama3', undefined, list(['chat', 'long']), small)).toEqual(['chat']);
    expect(claimsOf('llama3', undefined, list(['chat', 'long'], 4000), small)).toContain('long');
    expect(claimsOf('qwen3-coder-plus', undefined, list(['long']), small)).not.toContain('long');
  });

  it('the abilities in a file rather than those of the catalog or of a request', () => {
    const described = list(['vision', 'chat']);
    expect(claimsOf('qwen3-coder-plus', described, list(['json']))).toEqual(['chat', 'vision']);
  });

  it.each([
    ['vision-model', 100_000, true],
    ['vision-model', 130_000, false],
    ['qwen3-coder-plus', 130_000, true],
  ])('%s: to find a needle in %i tokens: %s', (model, long_tokens, claimed) => {
    const claims = claimsOf(model, undefined, list(['long'], long_tokens));
    expect(claims.includes('long')).toBe(claimed);
    expect(claimsOf(model, undefined, list(['chat'], long_tokens))).not.toContain('long');
  });
});

describe('the columns of the matrix', () => {
  it('are the claims of all models, in the order of the probes', () => {
    const claims: ProbeName[][] = [['tools', 'chat'], ['vision']];
    expect(plannedProbes(claims, undefined)).toEqual(['chat', 'tools', 'vision']);
  });

  it('are the requested probes, even when no model claims them', () => {
    expect(plannedProbes([['chat']], list(['vision', 'chat']))).toEqual(['chat', 'vision']);
  });
});
