import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selfDescription } from '../../../src/core/models/list.ts';

/** Entries as these servers list them, shortened. */
const entries: [string, object, ReturnType<typeof selfDescription>][] = [
  [
    'OpenRouter',
    {
      id: 'qwen/qwen3-vl',
      context_length: 262_144,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
      supported_parameters: ['max_tokens', 'reasoning', 'structured_outputs', 'tools'],
    },
    { abilities: ['json', 'tools', 'vision', 'reasoning'], context: 262_144 },
  ],
  [
    'vLLM',
    { id: 'Qwen/Qwen3-8B', object: 'model', owned_by: 'vllm', max_model_len: 40_960 },
    { abilities: undefined, context: 40_960 },
  ],
  [
    'Mistral',
    {
      id: 'mistral-small',
      max_context_length: 131_072,
      capabilities: { completion_chat: true, function_calling: true, vision: false },
    },
    { abilities: ['tools'], context: 131_072 },
  ],
  [
    'Groq',
    { id: 'qwen/qwen3-32b', context_window: 131_072, active: true },
    { abilities: undefined, context: 131_072 },
  ],
  [
    'OpenAI',
    { id: 'gpt-4o', object: 'model', created: 1, owned_by: 'system' },
    { abilities: undefined, context: undefined },
  ],
];

describe('the description of a model in a model list', () => {
  it.each(entries)('is read from the fields that %s sends', (_, entry, described) => {
    expect(selfDescription(entry)).toEqual(described);
  });

  it('keeps the other fields when one has another type', () => {
    const entry = { context_length: 'long', max_model_len: 4096, capabilities: { vision: 'yes' } };
    expect(selfDescription(entry)).toEqual({ abilities: [], context: 4096 });
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
