import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type SelfDescription,
  selfDescription,
} from '../../../src/core/models/self-description.ts';

/** Entries as these servers list them, shortened. What is not said is left out. */
const entries: [string, object, Partial<SelfDescription>][] = [
  [
    'OpenRouter',
    {
      id: 'qwen/qwen3-vl',
      context_length: 262_144,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
      pricing: { prompt: '0.0000003', completion: '0.0000012', image: '0' },
      top_provider: { context_length: 131_072, max_completion_tokens: null },
      supported_parameters: ['max_tokens', 'reasoning', 'structured_outputs', 'tools'],
    },
    {
      abilities: { json: true, tools: true, vision: true, reasoning: true },
      context: 131_072,
      price: { prompt: 0.3, completion: 1.2 },
    },
  ],
  [
    'OpenRouter for a router without a price',
    { id: 'openrouter/auto', pricing: { prompt: '-1', completion: '-1' }, top_provider: null },
    {},
  ],
  [
    'vLLM',
    { id: 'Qwen/Qwen3-8B', object: 'model', owned_by: 'vllm', max_model_len: 40_960 },
    { context: 40_960 },
  ],
  [
    'the server of llama.cpp',
    { id: 'gemma', owned_by: 'llamacpp', meta: { n_ctx: 8192, n_ctx_train: 131_072, size: 1 } },
    { context: 8192 },
  ],
  [
    'an older server of llama.cpp',
    { id: 'gemma', architecture: { input_modalities: ['text'] }, meta: { n_ctx_train: 131_072 } },
    { abilities: { vision: false }, context: 131_072 },
  ],
  [
    'LM Studio',
    {
      id: 'qwen2-vl-7b-instruct',
      type: 'vlm',
      capabilities: ['tool_use'],
      max_context_length: 32_768,
      loaded_context_length: 4096,
    },
    { abilities: { tools: true, vision: true }, context: 4096 },
  ],
  [
    'LM Studio for a model that is not loaded',
    { id: 'nomic', type: 'embeddings', max_context_length: 2048, state: 'not-loaded' },
    { context: 2048, chat: false, purpose: 'embeddings' },
  ],
  [
    'Mistral',
    {
      id: 'mistral-small',
      max_context_length: 131_072,
      capabilities: { completion_chat: true, function_calling: true, vision: false },
    },
    { abilities: { tools: true, vision: false }, context: 131_072, chat: true },
  ],
  [
    'Mistral for embeddings',
    { id: 'mistral-embed', capabilities: { completion_chat: false, function_calling: false } },
    { abilities: { tools: false }, chat: false },
  ],
  ['Groq', { id: 'qwen/qwen3-32b', context_window: 131_072, active: true }, { context: 131_072 }],
  [
    'Together',
    {
      id: 'Qwen/Qwen3-235B',
      type: 'chat',
      context_length: 262_144,
      pricing: { hourly: 0, input: 0.2, output: 0.6, base: 0 },
    },
    { context: 262_144, price: { prompt: 0.2, completion: 0.6 } },
  ],
  [
    'Together for pictures',
    { id: 'black-forest/FLUX', type: 'image' },
    { chat: false, purpose: 'images' },
  ],
  [
    'Fireworks',
    {
      id: 'accounts/fireworks/models/qwen3-vl',
      context_length: 262_144,
      supports_chat: true,
      supports_image_input: true,
      supports_tools: false,
    },
    { abilities: { tools: false, vision: true }, context: 262_144, chat: true },
  ],
  [
    'GitHub Models',
    {
      id: 'openai/gpt-4.1',
      capabilities: ['streaming', 'tool-calling'],
      limits: { max_input_tokens: 1_048_576, max_output_tokens: 32_768 },
      supported_input_modalities: ['text', 'image', 'audio'],
      supported_output_modalities: ['text'],
    },
    { abilities: { tools: true, vision: true }, context: 1_048_576 },
  ],
  [
    'Copilot',
    {
      id: 'gpt-4o',
      capabilities: {
        type: 'chat',
        limits: { max_context_window_tokens: 128_000 },
        supports: { tool_calls: true, vision: true, structured_outputs: false },
      },
    },
    { abilities: { json: false, tools: true, vision: true }, context: 128_000 },
  ],
  [
    'Anthropic',
    {
      type: 'model',
      id: 'claude-sonnet',
      display_name: 'Claude Sonnet',
      max_input_tokens: 200_000,
      capabilities: { image_input: { supported: true }, structured_outputs: { supported: true } },
    },
    { abilities: { json: true, vision: true }, context: 200_000 },
  ],
  [
    'Gemini',
    { name: 'models/gemini-2.5-flash', inputTokenLimit: 1_048_576, thinking: true },
    { context: 1_048_576 },
  ],
  ['Ollama and OpenAI', { id: 'gpt-4o', object: 'model', created: 1, owned_by: 'system' }, {}],
  [
    'a gateway whose model writes no text',
    { id: 'sora', architecture: { output_modalities: ['video'] } },
    { chat: false, purpose: 'video' },
  ],
  [
    'OpenRouter for embeddings',
    { id: 'qwen3-emb', architecture: { output_modalities: ['embeddings'] }, type: 'text' },
    { chat: false, purpose: 'embeddings' },
  ],
  [
    'Ollama for embeddings',
    { id: 'm', capabilities: ['embedding'] },
    { chat: false, purpose: 'embeddings' },
  ],
  ['Xinference', { id: 'm', model_type: 'rerank' }, { chat: false, purpose: 'reranking' }],
  [
    'a gateway whose model writes text and pictures',
    { id: 'm', type: 'image', architecture: { output_modalities: ['text', 'image'] } },
    {},
  ],
];

describe('the description of a model in a model list', () => {
  it.each(entries)('is read from the fields that %s sends', (_, entry, described) => {
    expect(selfDescription(entry)).toEqual({ abilities: {}, ...described });
  });

  it('reads a window that is a text', () => {
    expect(selfDescription({ context_length: '32768' }).context).toBe(32_768);
  });

  it('keeps the other fields when one has another type', () => {
    const entry = {
      context_length: 'long',
      loaded_context_length: -1,
      meta: [],
      max_model_len: 4096,
      capabilities: { vision: 'yes', function_calling: true },
      supported_parameters: 'tools',
      architecture: { input_modalities: 'image' },
      top_provider: { context_length: 'five' },
      pricing: { prompt: {}, completion: 'free' },
    };
    expect(selfDescription(entry)).toEqual({ abilities: { tools: true }, context: 4096 });
  });

  it('takes no number that stands for no limit as the context', () => {
    for (const context_length of [0, 1e30, 1.5, null, true, [4096]]) {
      expect(selfDescription({ context_length }).context).toBeUndefined();
    }
  });

  it('is read from any JSON value without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (entry) => {
        const { context } = selfDescription(entry);
        expect(context === undefined || context > 0).toBe(true);
      }),
    );
  });
});
