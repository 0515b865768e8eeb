import { expect, test } from 'vitest';
import { apiUrl, otherApi } from '../../../src/core/qwen/api-url.ts';
import { DEFAULT_ENDPOINT, parseEndpoint } from '../../../src/core/qwen/endpoint.ts';

test.each([
  // The base URL, and where a question goes from there.
  ['https://h.example/v1/chat/completions', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/chat/completions/', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/V1/Chat/Completions', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/models', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/completions', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/embeddings', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/responses', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/messages', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/chat', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/models', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/V1', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1/v1', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example//v1//', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/v1//chat/completions', 'https://h.example/v1', '/v1/chat/completions'],
  ['https://h.example/?a=1', 'https://h.example/v1?a=1', '/v1/chat/completions?a=1'],
  ['https://h.example?a=1', 'https://h.example/v1?a=1', '/v1/chat/completions?a=1'],
  [
    'https://h.example/v1/?a=%2F&a=',
    'https://h.example/v1?a=%2F&a=',
    '/v1/chat/completions?a=%2F&a=',
  ],
  ['https://h.example/v1?', 'https://h.example/v1', '/v1/chat/completions'],
  [
    'https://h.example/api/paas/v4/chat/completions',
    'https://h.example/api/paas/v4',
    '/api/paas/v4/chat/completions',
  ],
  ['https://h.example/api/v1', 'https://h.example/api/v1', '/api/v1/chat/completions'],
  ['https://h.example/api/chat/completions', 'https://h.example/api', '/api/chat/completions'],
  ['https://h.example/my-models', 'https://h.example/my-models', '/my-models/chat/completions'],
  ['https://h.example/chat', 'https://h.example/chat', '/chat/chat/completions'],
  [
    'https://h.example/https://api.example/v1',
    'https://h.example/https://api.example/v1',
    '/https://api.example/v1/chat/completions',
  ],
  // An API at the root of its host.
  ['https://h.example/chat/completions', 'https://h.example/chat/completions', '/chat/completions'],
  [
    'https://h.example/chat/completions?a=1',
    'https://h.example/chat/completions?a=1',
    '/chat/completions?a=1',
  ],
  // Another API of the same server.
  [
    'https://dashscope.aliyuncs.com/api/v1',
    DEFAULT_ENDPOINT,
    '/compatible-mode/v1/chat/completions',
  ],
  ['https://dashscope.aliyuncs.com/v1', DEFAULT_ENDPOINT, '/compatible-mode/v1/chat/completions'],
  [
    'https://coding.dashscope.aliyuncs.com',
    'https://coding.dashscope.aliyuncs.com/v1',
    '/v1/chat/completions',
  ],
  ['https://dashscope.aliyuncs.com', DEFAULT_ENDPOINT, '/compatible-mode/v1/chat/completions'],
  [
    'https://dashscope-intl.aliyuncs.com/api/v1/services/aigc/text-generation/generation',
    'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    '/compatible-mode/v1/chat/completions',
  ],
  [
    'https://ws.eu-central-1.maas.aliyuncs.com/api/v1/',
    'https://ws.eu-central-1.maas.aliyuncs.com/compatible-mode/v1',
    '/compatible-mode/v1/chat/completions',
  ],
  [
    'https://coding-intl.dashscope.aliyuncs.com/apps/anthropic',
    'https://coding-intl.dashscope.aliyuncs.com/v1',
    '/v1/chat/completions',
  ],
  ['http://127.0.0.1:11434/api/chat', 'http://127.0.0.1:11434/v1', '/v1/chat/completions'],
  ['http://127.0.0.1:11434/chat/completions', 'http://127.0.0.1:11434/v1', '/v1/chat/completions'],
  ['http://127.0.0.1:11434/api', 'http://127.0.0.1:11434/v1', '/v1/chat/completions'],
  ['https://ollama.example/api/tags', 'https://ollama.example/v1', '/v1/chat/completions'],
  ['http://localhost:1234/api/v0/', 'http://localhost:1234/v1', '/v1/chat/completions'],
  ['https://openrouter.ai', 'https://openrouter.ai/api/v1', '/api/v1/chat/completions'],
  ['https://api.groq.com/v1', 'https://api.groq.com/openai/v1', '/openai/v1/chat/completions'],
  [
    'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent',
    'https://generativelanguage.googleapis.com/v1beta/openai',
    '/v1beta/openai/chat/completions',
  ],
  // Azure.
  [
    'https://me.openai.azure.com/',
    'https://me.openai.azure.com/openai/v1',
    '/openai/v1/chat/completions',
  ],
  [
    'https://me.openai.azure.com/openai/deployments/gpt?api-version=2024-06-01',
    'https://me.openai.azure.com/openai/deployments/gpt?api-version=2024-06-01',
    '/openai/deployments/gpt/chat/completions?api-version=2024-06-01',
  ],
  [
    'https://me.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-06-01',
    'https://me.openai.azure.com/openai/deployments/gpt?api-version=2024-06-01',
    '/openai/deployments/gpt/chat/completions?api-version=2024-06-01',
  ],
  [
    'https://me.services.ai.azure.com/models?api-version=2024-05-01-preview',
    'https://me.services.ai.azure.com/models?api-version=2024-05-01-preview',
    '/models/chat/completions?api-version=2024-05-01-preview',
  ],
])('--base-url %j leads to the base URL %s and to the request %s', (text, endpoint, request) => {
  expect(parseEndpoint(text, '--base-url')).toBe(endpoint);
  expect(parseEndpoint(endpoint, '--base-url')).toBe(endpoint);
  expect(apiUrl(endpoint, '/chat/completions')).toBe(new URL(request, endpoint).href);
});

test.each([
  ['https://dashscope.aliyuncs.com/api/v1', true],
  ['https://dashscope.aliyuncs.com/api/v1/services/aigc/text-generation/generation?a=1', true],
  ['coding.dashscope.aliyuncs.com/apps/anthropic', true],
  ['http://127.0.0.1:11434/api/chat', true],
  ['https://dashscope.aliyuncs.com', false],
  ['https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions', false],
  ['https://openrouter.ai/api', false],
  ['https://h.example/api/v1', false],
  ['https://h.example/apis/v1', false],
])('%s is the address of another API than the one that is asked: %j', (text, other) => {
  const address = text.split('?')[0];
  const named = otherApi(text, parseEndpoint(text, '--base-url'));
  expect(named).toBe(other ? address : undefined);
});
