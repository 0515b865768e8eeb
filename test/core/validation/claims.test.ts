import { describe, expect, it } from 'vitest';
import { selfDescription } from '../../../src/core/models/self-description.ts';
import { claimsOf, longTokens } from '../../../src/core/validation/claims.ts';
import { plannedProbes } from '../../../src/core/validation/plan.ts';
import type { ProbeName } from '../../../src/core/validation/report.ts';

const list = (names: ProbeName[], long_tokens = 8000) => ({ names, long_tokens });
const BASIC = ['chat', 'stream', 'system', 'stop', 'max-tokens'];

describe('a model claims', () => {
  it('the abilities in the catalogue and those of every model', () => {
    const claims = claimsOf({ model: 'qwen3-coder-plus' }, undefined);
    expect(claims.toSorted()).toEqual([...BASIC, 'json', 'tools'].toSorted());
    expect(claimsOf({ model: 'vision-model' }, undefined)).toContain('vision');
    expect(claimsOf({ model: 'coder-model' }, undefined)).toContain('reasoning');
  });

  it('no requested ability that the catalogue does not list', () => {
    expect(claimsOf({ model: 'qwen3-coder-plus' }, list(['vision']))).not.toContain('vision');
  });

  it('only chat, when neither the catalogue nor a request names abilities', () => {
    expect(claimsOf({ model: 'llama3' }, undefined)).toEqual(['chat']);
  });

  it('the requested abilities, when the catalogue does not know it', () => {
    expect(claimsOf({ model: 'llama3' }, list(['tools', 'chat']))).toEqual(['chat', 'tools']);
  });

  it('the abilities that the endpoint says, before those of the catalogue', () => {
    const says = (said: object) => selfDescription(said);
    const vision = says({ architecture: { input_modalities: ['text', 'image'] } });
    expect(claimsOf({ model: 'llama3', said: vision }, undefined)).toEqual(
      expect.arrayContaining([...BASIC, 'vision']),
    );
    const blind = says({ capabilities: { vision: false } });
    expect(claimsOf({ model: 'vision-model', said: blind }, undefined)).not.toContain('vision');
    expect(claimsOf({ model: 'llama3', said: blind }, list(['vision']))).not.toContain('vision');
  });

  it('no needle in a text that is longer than the context that the endpoint says', () => {
    const small = selfDescription({ max_model_len: 8192 });
    expect(claimsOf({ model: 'llama3', said: small }, list(['chat', 'long']))).toEqual(['chat']);
    expect(claimsOf({ model: 'llama3', said: small }, list(['chat', 'long'], 4000))).toContain(
      'long',
    );
    expect(claimsOf({ model: 'qwen3-coder-plus', said: small }, list(['long']))).not.toContain(
      'long',
    );
  });

  it('embeddings alone, when its name or the endpoint says so', () => {
    const said = selfDescription({ type: 'embedding' });
    expect(claimsOf({ model: 'bge-m3' }, undefined)).toEqual(['embeddings']);
    expect(claimsOf({ model: 'llama3', said }, list(['chat']))).toEqual(['embeddings']);
  });

  it('a long text in a deep run, when one fits', () => {
    expect(claimsOf({ model: 'qwen3-coder-plus' }, undefined, true)).toContain('long');
    expect(claimsOf({ model: 'qwen3-coder-plus' }, list(['chat']), true)).not.toContain('long');
  });

  it.each<[string, number | 'window' | undefined, number | undefined, number | undefined]>([
    ['the default', undefined, undefined, 8000],
    ['the default', undefined, 100_000, 8000],
    ['less than the default', undefined, 4096, 3276],
    ['what was asked for', 32_000, 100_000, 32_000],
    ['none that does not fit', 32_000, 32_768, undefined],
    ['the window', 'window', 32_768, 26_214],
    ['no window that nobody claims', 'window', undefined, undefined],
  ])('a long text of %s: asked %s, window %s: %s tokens', (_, asked, window, tokens) => {
    const said = selfDescription({ max_model_len: window });
    const wanted = { names: ['long' as const], long_tokens: asked };
    expect(longTokens({ model: 'llama3', said }, wanted)).toBe(tokens);
    const claims = claimsOf({ model: 'llama3', said }, wanted);
    expect(claims.includes('long')).toBe(tokens !== undefined);
  });

  it('the abilities in a file rather than those of the catalogue or of a request', () => {
    const described = list(['vision', 'chat']);
    expect(claimsOf({ model: 'qwen3-coder-plus', probes: described }, list(['json']))).toEqual([
      'chat',
      'vision',
    ]);
  });

  it.each([
    ['vision-model', 100_000, true],
    ['vision-model', 130_000, false],
    ['qwen3-coder-plus', 130_000, true],
  ])('%s: to find a needle in %i tokens: %s', (model, long_tokens, claimed) => {
    const claims = claimsOf({ model }, list(['long'], long_tokens));
    expect(claims.includes('long')).toBe(claimed);
    expect(claimsOf({ model }, list(['chat'], long_tokens))).not.toContain('long');
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
