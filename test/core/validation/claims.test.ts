import { describe, expect, it } from 'vitest';
import { claimsOf, plannedProbes } from '../../../src/core/validation/plan.ts';
import type { ProbeName } from '../../../src/core/validation/report.ts';

const list = (names: ProbeName[], long_tokens = 8000) => ({ names, long_tokens });
const BASIC = ['chat', 'stream', 'system', 'stop', 'max-tokens'];

describe('a model claims', () => {
  it('what the catalogue knows of it, and what every model can do', () => {
    const claims = claimsOf('qwen3-coder-plus', undefined, undefined);
    expect(claims.toSorted()).toEqual([...BASIC, 'json', 'tools'].toSorted());
    expect(claimsOf('vision-model', undefined, undefined)).toContain('vision');
    expect(claimsOf('coder-model', undefined, undefined)).toContain('reasoning');
  });

  it('no more because somebody asks for it, where the catalogue knows better', () => {
    expect(claimsOf('qwen3-coder-plus', undefined, list(['vision']))).not.toContain('vision');
  });

  it('to chat, when nobody says anything about it', () => {
    expect(claimsOf('llama3', undefined, undefined)).toEqual(['chat']);
  });

  it('what is asked of it, when nobody knows better', () => {
    expect(claimsOf('llama3', undefined, list(['tools', 'chat']))).toEqual(['chat', 'tools']);
  });

  it('what a file says, before the catalogue and before what is asked', () => {
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
  it('are what some model claims, in the order of the probes', () => {
    const claims: ProbeName[][] = [['tools', 'chat'], ['vision']];
    expect(plannedProbes(claims, undefined)).toEqual(['chat', 'tools', 'vision']);
  });

  it('are what was asked for, whoever claims it', () => {
    expect(plannedProbes([['chat']], list(['vision', 'chat']))).toEqual(['chat', 'vision']);
  });
});
