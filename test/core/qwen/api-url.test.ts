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
  // A path that only looks like that of a request stays.
  ['h.example/v1/models/x', '/v1/models/x'],
  ['h.example/v1/chat/x', '/v1/chat/x'],
  ['h.example/v1/v1/x', '/v1/v1/x'],
  ['h.example/api/v4/messages', '/api/v4'],
  ['h.example/v1beta/messages', '/v1beta'],
  ['me.services.ai.azure.com/models/chat/completions', '/models'],
  // Ollama and LM Studio.
  ['127.0.0.1:11434/api/version', '/v1'],
  ['127.0.0.1:11434/x/api', '/x/api'],
  ['127.0.0.1:11434/apis', '/apis'],
  ['h.example/api/generate', '/v1'],
  ['h.example/api/chats', '/api/chats'],
  ['h.example/x/api/tags', '/x/api/tags'],
  ['127.0.0.1:1234/api/v1/models/load', '/v1'],
  ['127.0.0.1:1234/chat/completions', '/v1'],
  ['127.0.0.1:1234/x/api/v1', '/x/api/v1'],
  ['127.0.0.1:1234/api/v12', '/api/v12'],
  ['127.0.0.1:1234/api/v2', '/api/v2'],
  ['127.0.0.1:12345/api/v1', '/api/v1'],
  // Azure.
  ['me.cognitiveservices.azure.com/v1', '/openai/v1'],
  ['me.services.ai.azure.com/openai', '/openai/v1'],
  ['openai.azure.com', '/v1'],
  ['me.openai.azure.com.example', '/v1'],
  ['me.openai.azure.com/x/openai', '/x/openai'],
  ['me.openai.azure.com/openais', '/openais'],
  // Google, OpenRouter, Groq.
  ['generativelanguage.googleapis.com', '/v1beta/openai'],
  ['generativelanguage.googleapis.com/v2/openai', '/v2/openai'],
  ['generativelanguage.googleapis.com/v1/openai/x', '/v1beta/openai'],
  ['my-generativelanguage.googleapis.com/v1beta', '/v1beta'],
  ['generativelanguage.googleapis.com.example/v1beta', '/v1beta'],
  ['openrouter.ai/v1', '/api/v1'],
  ['openrouter.ai/api', '/api/v1'],
  ['openrouter.ai/api/v2', '/api/v2'],
  ['openrouter.ai/x/api', '/x/api'],
  ['my-openrouter.ai', '/v1'],
  ['openrouter.ai.example', '/v1'],
  ['api.groq.com', '/openai/v1'],
  ['api.groq.com/openai', '/openai/v1'],
  ['api.groq.com/openai/v2', '/openai/v2'],
  ['api.groq.com/x/openai', '/x/openai'],
  ['my-api.groq.com', '/v1'],
  ['api.groq.com.example', '/v1'],
  // DashScope.
  ['dashscope.aliyuncs.com/api', '/compatible-mode/v1'],
  ['dashscope.aliyuncs.com/apps/anthropic/v1', '/compatible-mode/v1'],
  ['dashscope.aliyuncs.com/apps/anthropic/v2', '/apps/anthropic/v2'],
  ['dashscope.aliyuncs.com/api/v2', '/api/v2'],
  ['dashscope.aliyuncs.com/x/api', '/x/api'],
  ['dashscope.aliyuncs.com.example', '/v1'],
  ['my-aliyuncs.com', '/v1'],
])('the path of the base URL that %s leads to is %s', (text, path) => {
  expect(parseEndpoint(text, '--base-url').replace(/^https?:\/\/[^/]+/, '')).toBe(path);
});

test('the URL of a request joins the query of the endpoint and its own', () => {
  expect(apiUrl('https://h.example', '/models', 'a=1')).toBe('https://h.example/models?a=1');
  expect(apiUrl('https://h.example/v1//?b=2', '/models', 'a=1')).toBe(
    'https://h.example/v1/models?b=2&a=1',
  );
});

test.each([
  ['https://dashscope.aliyuncs.com/api/v1', true],
  [' dashscope.aliyuncs.com/api ', true],
  ['https://h.example/https://dashscope.aliyuncs.com/api/v1', false],
  ['https://dashscope.aliyuncs.com/api/v1/services/aigc/text-generation/generation?a=1', true],
  ['coding.dashscope.aliyuncs.com/apps/anthropic', true],
  ['http://127.0.0.1:11434/api/chat', true],
  ['https://dashscope.aliyuncs.com', false],
  ['https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions', false],
  ['https://openrouter.ai/api', false],
  ['https://h.example/api/v1', false],
  ['https://h.example/apis/v1', false],
])('%s is the address of another API than the one that is asked: %j', (text, other) => {
  const address = text.trim().split('?')[0];
  const named = otherApi(text, parseEndpoint(text, '--base-url'));
  expect(named).toBe(other ? address : undefined);
});
