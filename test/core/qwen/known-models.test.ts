import { expect, test } from 'vitest';
import { knownContext, knownModel, modelsAt } from '../../../src/core/qwen/known-models.ts';

const idsAt = (login: boolean, plan?: 'standard' | 'coding' | 'token') =>
  modelsAt({ login, plan }).map(({ id }) => id);

test('the Coding Plan serves the ten models of its list', () => {
  expect(idsAt(false, 'coding').toSorted()).toEqual([
    'MiniMax-M2.5',
    'glm-4.7',
    'glm-5',
    'kimi-k2.5',
    'qwen3-coder-next',
    'qwen3-coder-plus',
    'qwen3-max-2026-01-23',
    'qwen3.5-plus',
    'qwen3.6-plus',
    'qwen3.7-plus',
  ]);
});

test('the Token Plan serves models that answer with text', () => {
  const ids = idsAt(false, 'token');
  expect(ids).toEqual(expect.arrayContaining(['qwen3.8-max', 'glm-5.3', 'deepseek-v4-pro']));
  expect(ids).not.toContain('wan2.7-image');
});

test('the names that stand for models of the login are known only there', () => {
  expect(idsAt(true)).toEqual(expect.arrayContaining(['coder-model', 'vision-model']));
  for (const plan of ['standard', 'coding', 'token', undefined] as const) {
    const ids = idsAt(false, plan);
    expect(ids).not.toContain('coder-model');
    expect(ids).not.toContain('vision-model');
    expect(ids).toContain(plan === 'token' ? 'glm-5' : 'qwen3-coder-plus');
  }
});

test('what the catalogue says of a model comes before what its plans say', () => {
  expect(knownModel('qwen3-coder-plus')).toMatchObject({ expected: true, context: 1_000_000 });
  expect(knownModel('qwen3.7-plus')).toMatchObject({
    kind: 'vision',
    abilities: ['tools', 'vision', 'reasoning'],
    context: 1_000_000,
    plans: ['standard', 'coding', 'token'],
  });
  expect(knownContext('glm-4.7')).toBe(202_752);
  expect(knownContext('glm-5.3')).toBeUndefined();
  expect(knownModel('llama3')).toBeUndefined();
});
