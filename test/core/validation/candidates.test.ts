import { expect, it } from 'vitest';
import { candidates } from '../../../src/core/validation/candidates.ts';

it('asks the whole catalogue by default and requires what is expected', () => {
  expect(candidates([])).toEqual([
    { model: 'qwen3-coder-plus', required: true },
    { model: 'qwen3-coder-flash', required: true },
    { model: 'coder-model', required: true },
    { model: 'vision-model', required: true },
    { model: 'qwen-vl-max-latest', required: false },
    { model: 'qwen-vl-plus', required: false },
  ]);
});

it('requires every model that was named, once, in the order in which it was named', () => {
  expect(candidates(['qwen-vl-plus', 'llama3', 'qwen-vl-plus'])).toEqual([
    { model: 'qwen-vl-plus', required: true },
    { model: 'llama3', required: true },
  ]);
});
