import { describe, expect, it } from 'vitest';
import { sameModel } from '../../../src/core/models/same-model.ts';

/** Pairs of the id that was asked for and the name in the answer. */
const SAME: Record<string, [string, string][]> = {
  'the same name': [
    ['qwen3-coder-plus', 'qwen3-coder-plus'],
    ['Qwen/Qwen3-8B', 'qwen/qwen3-8b'],
    ['qwen2.5-72b-instruct', 'qwen2p5-72b-instruct'],
    ['qwen2.5_7b', 'Qwen2.5-7B'],
  ],
  'a dated form': [
    ['qwen3-coder-plus', 'qwen3-coder-plus-2025-09-23'],
    ['qwen3-coder-plus-2025-09-23', 'qwen3-coder-plus'],
    ['qwen-max', 'qwen-max-0919'],
    ['qwen3-max-0923', 'qwen3-max-2025-09-23'],
    ['qwen3-235b-a22b', 'qwen3-235b-a22b-2507'],
    ['gpt-4o', 'gpt-4o-2024-08-06'],
    ['gpt-4', 'gpt-4-0613'],
    ['claude-sonnet-4', 'claude-sonnet-4-20250514'],
    ['claude-3-5-sonnet@20241022', 'claude-3-5-sonnet-20241022'],
    ['gemini-2.5-flash', 'gemini-2.5-flash-preview-05-20'],
    ['gemini-2.0-flash', 'models/gemini-2.0-flash-001'],
    ['mistral-large-latest', 'mistral-large-2411'],
    ['command-r', 'command-r-08-2024'],
    ['kimi-k2', 'kimi-k2-0905-preview'],
    ['doubao-1-5-pro-32k', 'doubao-1-5-pro-32k-250115'],
  ],
  'a prefixed form': [
    ['qwen3-coder-plus', 'qwen/qwen3-coder-plus'],
    ['qwen/qwen3-coder-plus', 'qwen3-coder-plus'],
    ['openrouter/qwen/qwen3-coder', 'qwen/qwen3-coder'],
    ['dashscope/qwen-plus', 'qwen-plus'],
    ['gemini-2.5-pro', 'models/gemini-2.5-pro'],
    ['accounts/fireworks/models/qwen3-30b-a3b', 'qwen/qwen3-30b-a3b'],
    ['google/gemini-2.5-pro', 'publishers/google/models/gemini-2.5-pro'],
    ['@cf/qwen/qwq-32b', 'qwq-32b'],
    ['Pro/Qwen/Qwen3-8B', 'Qwen/Qwen3-8B'],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'claude-sonnet-4-20250514'],
    ['qwen.qwen3-32b-v1:0', 'Qwen/Qwen3-32B'],
  ],
  'an aliased form': [
    ['qwen-vl-max-latest', 'qwen-vl-max-2025-08-13'],
    ['qwen-plus', 'qwen-plus-latest'],
    ['coder-model', 'qwen3.5-plus'],
    ['vision-model', 'qwen3-vl-plus'],
    ['openrouter/auto', 'anthropic/claude-sonnet-4'],
    ['default', 'Qwen/Qwen3-8B'],
    ['moonshot-v1-auto', 'moonshot-v1-8k'],
    ['qwen3', 'qwen3:latest'],
    ['qwen2.5:7b', 'qwen2.5-7b'],
    ['qwen/qwen3-coder:free', 'qwen/qwen3-coder'],
    ['Qwen/Qwen3-8B:nebius', 'Qwen/Qwen3-8B'],
  ],
  'a file of its weights': [
    ['qwen2.5-7b-instruct', '/models/qwen2.5-7b-instruct-q4_k_m.gguf'],
    ['qwen2.5-7b-instruct-q4_k_m', 'C:\\models\\Qwen2.5-7B-Instruct-Q4_K_M.gguf'],
    ['qwen3-32b', './Qwen3-32B-UD-Q4_K_XL-00001-of-00002.gguf'],
    ['ggml-org/Qwen3-4B-GGUF:Q4_K_M', 'ggml-org_Qwen3-4B-GGUF_Qwen3-4B-Q4_K_M.gguf'],
    ['Qwen/Qwen3-8B', '/root/.cache/huggingface/hub/models--Qwen--Qwen3-8B/snapshots/9f1'],
    ['Qwen2.5-7B-Instruct', '/data/Qwen2.5-7B-Instruct'],
    ['qwen3-8b-fp8', 'qwen3-8b'],
    ['Qwen/Qwen3-8B', 'Qwen/Qwen3-8B-BF16'],
  ],
};

const VARIANTS: [string, string][] = [
  ['qwen3-coder-plus', 'qwen3-coder-plus-int4'],
  ['Qwen/Qwen3-8B', 'Qwen/Qwen3-8B-AWQ'],
  ['qwen3-8b', 'unsloth/Qwen3-8B-GGUF:Q4_K_M'],
  ['kimi-k2', 'nvidia/Kimi-K2-FP4'],
  ['qwen2.5-7b', 'Qwen/Qwen2.5-7B-Instruct'],
  ['kimi-k2-0905', 'moonshotai/Kimi-K2-Instruct-0905'],
];

const OTHERS: [string, string][] = [
  ['qwen3-coder-plus', 'qwen3-coder-flash'],
  ['qwen3-coder-plus', 'qwen3-coder'],
  ['qwen3-coder-plus', 'qwen3-coder-plus-mini'],
  ['qwen3-coder-plus', 'qwen-plus'],
  ['qwen3-coder-plus', 'gpt-4o'],
  ['gpt-4o', 'gpt-4o-mini-2024-07-18'],
  ['qwen2.5-72b-instruct', 'qwen2.5-7b-instruct'],
  ['qwen2.5:7b', 'qwen2.5:72b'],
  ['qwen2.5:7b', 'qwen2.5'],
  ['qwen2.5-7b', 'qwen2-7b'],
  ['qwen3-8b', 'qwen3.5-8b'],
  ['qwen3-235b-a22b-instruct-2507', 'qwen3-235b-a22b-thinking-2507'],
  ['qwen3-235b-a22b', 'qwen3-235b-a22b-thinking-2507'],
  ['qwen2.5-7b-instruct', 'qwen2.5-7b'],
  ['qwen3-max', 'qwen3-max-preview'],
  ['qwen-vl-max', 'qwen-max'],
  ['qwen3-coder-plus-2025-07-22', 'qwen3-coder-plus-2025-09-23'],
  ['Qwen/Qwen3-8B', 'NousResearch/Qwen3-8B'],
  ['qwen3-8b-q8_0.gguf', 'qwen3-8b-q4_k_m.gguf'],
  ['deepseek-r1', 'deepseek-r1-distill-qwen-7b'],
  ['deepseek-r1', 'DeepSeek-R1-0528-Qwen3-8B'],
  ['qwen-plus', 'qwen-plus-character'],
  ['qwen3', 'qwen3:0.6b'],
];

describe('the model in an answer', () => {
  it.each(Object.entries(SAME))('is the one asked for when it has %s', (_, pairs) => {
    for (const pair of pairs) expect([...pair, sameModel(...pair)]).toEqual([...pair, 'same']);
  });

  it.each(VARIANTS)('is a variant of the one asked for: %s, %s', (asked, served) => {
    expect(sameModel(asked, served)).toBe('variant');
  });

  it.each(OTHERS)('is another than the one asked for: %s, %s', (asked, served) => {
    expect(sameModel(asked, served)).toBe('other');
  });
});
