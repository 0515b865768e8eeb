import { describe, expect, it } from 'vitest';
import { kindOf } from '../../../src/core/models/kind.ts';
import { selfDescription } from '../../../src/core/models/self-description.ts';

const listed = (entry: { id: string }) =>
  kindOf({
    id: entry.id,
    source: 'live',
    known: undefined,
    abilities: undefined,
    context: undefined,
    said: selfDescription(entry),
  });

describe('the kind of a model that only the endpoint lists', () => {
  it.each([
    [
      'coding',
      'qwen2.5-coder:7b codestral-latest devstral-small-2507 starcoder2 openai/gpt-5-codex',
    ],
    [
      'coding',
      'codellama:13b deepseek-coder-v2 grok-code-fast-1 Qwen/Qwen3-Coder-480B kimi-for-coding',
    ],
    ['vision', 'qwen2.5vl:7b Qwen/Qwen3-VL-8B qwen-vl-ocr llama-3.2-11b-vision llava:13b glm-4.5v'],
    [
      'vision',
      'qwen-omni-turbo qvq-max mistralai/pixtral-12b minicpm-v:8b internvl3-8b smolvlm2 molmo-7b',
    ],
    ['other', 'text-embedding-v4 nomic-embed-text bge-m3 gte-rerank-v2 whisper-1 qwen3-tts-flash'],
    [
      'other',
      'wan2.2-t2v-plus qwen-image-edit dall-e-3 omni-moderation-latest qwen3-asr-flash all-minilm flux.1-dev',
    ],
    [
      'text',
      'llama3 deepseek-v3.1 gpt-4o qwen-mt-plus mistral-nemo encoder-of-unicode gemma3n:e4b',
    ],
    ['text', 'kimi-k2 glm-4.6 qwen3-max-2025-09-23 command-r swan-7b imagine-text'],
  ])('is %s by its name: %s', (kind, ids) => {
    for (const id of ids.split(' ')) expect([id, listed({ id })]).toEqual([id, kind]);
  });

  it.each([
    ['vision', { id: 'seer', architecture: { input_modalities: ['text', 'image'] } }],
    ['text', { id: 'blind-vision', capabilities: { vision: false } }],
    ['coding', { id: 'some-coder', architecture: { input_modalities: ['text', 'image'] } }],
    ['other', { id: 'llama', type: 'embedding' }],
    ['text', { id: 'image-talk', supported_parameters: ['tools'] }],
    ['text', { id: 'speech', capabilities: { completion_chat: true } }],
  ])('is %s when the endpoint says so: %j', (kind, entry) => {
    expect(listed(entry)).toBe(kind);
  });
});
