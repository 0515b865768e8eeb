import { describe, expect, it } from 'vitest';
import { kindOf, purposeOf } from '../../../src/core/models/kind.ts';
import { selfDescription } from '../../../src/core/models/self-description.ts';

const listed = (entry: { id: string }) =>
  kindOf({ id: entry.id, known: undefined, said: selfDescription(entry) });

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

describe('the purpose of a model that only the endpoint lists', () => {
  it.each([
    ['embeddings', 'text-embedding-v4 nomic-embed-text bge-m3 all-minilm:33m Qwen3-Embedding-8B'],
    ['reranking', 'gte-rerank-v2 bge-reranker-v2-m3 qwen3-reranker-8b'],
    ['speech', 'whisper-1 qwen3-tts-flash qwen3-asr-flash paraformer-v2 gpt-4o-realtime-preview'],
    ['images', 'qwen-image-edit dall-e-3 flux.1-dev stable-diffusion-3.5-large wanx2.1-t2i-turbo'],
    ['video', 'wan2.2-t2v-plus sora-2 wan2.5-i2v-preview'],
    ['moderation', 'omni-moderation-latest llama-guard3:8b Qwen/Qwen3Guard-Gen-8B'],
    ['completion', 'davinci-002 gpt-3.5-turbo-instruct'],
    ['chat', 'qwen3-coder-plus llama3 qwen2.5-vl-7b-instruct guardrail-chat qwen-mt-plus'],
  ])('is %s by its name: %s', (purpose, ids) => {
    const of = (id: string) => purposeOf({ id, known: undefined, said: undefined });
    for (const id of ids.split(' ')) expect([id, of(id)]).toEqual([id, purpose]);
  });

  it.each([
    ['embeddings', { id: 'plain', type: 'embedding' }],
    ['reranking', { id: 'bge-m3', capabilities: { completion_chat: false }, type: 'rerank' }],
    ['embeddings', { id: 'bge-m3', capabilities: { completion_chat: false } }],
    ['other', { id: 'plain', capabilities: { completion_chat: false } }],
    ['chat', { id: 'whisper-talk', capabilities: { completion_chat: true } }],
    ['chat', { id: 'embedding-talk', supported_parameters: ['tools'] }],
  ])('is %s when the endpoint says %j', (purpose, entry) => {
    const said = selfDescription(entry);
    expect(purposeOf({ id: entry.id, known: undefined, said })).toBe(purpose);
  });
});
