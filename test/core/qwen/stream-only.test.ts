import { expect, it } from 'vitest';
import { isStreamOnly } from '../../../src/core/qwen/stream-only.ts';

it.each([
  'qwq-plus',
  'qwq-32b',
  'Qwen/QwQ-32B',
  'qvq-max',
  'qvq-72b-preview',
  'qwen3-32b',
  'qwen3-235b-a22b',
  'qwen3-0.6b',
  'qwen3-235b-a22b-thinking-2507',
  'qwen3-vl-8b-thinking',
  'Qwen/Qwen3-235B-A22B-Thinking-2507',
  'qwen3-next-80b-a3b-thinking',
  'qwen3-omni-flash',
])('%s answers streamed requests alone', (id) => {
  expect(isStreamOnly(id)).toBe(true);
});

it.each([
  'qwen3-coder-plus',
  'qwen3-max',
  'qwen-plus',
  'qwen3:8b',
  'Qwen/Qwen3-8B',
  'qwen3.5-plus',
  'qwen3-235b-a22b-instruct-2507',
  'gpt-4o',
  'vision-model',
  'kimi-k2-thinking',
])('%s answers whole too', (id) => {
  expect(isStreamOnly(id)).toBe(false);
});
