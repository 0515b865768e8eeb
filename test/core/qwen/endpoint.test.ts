import { describe, expect, test } from 'vitest';
import { apiUrl } from '../../../src/core/qwen/api-url.ts';
import {
  DEFAULT_ENDPOINT,
  parseEndpoint,
  resolveEndpoint,
} from '../../../src/core/qwen/endpoint.ts';
import { ProtocolError, UsageError } from '../../../src/core/errors.ts';

describe('a resource_url becomes the endpoint', () => {
  test.each([
    // Qwen Code's three rules.
    ['portal.qwen.ai', 'https://portal.qwen.ai/v1'],
    ['https://portal.qwen.ai/v1', 'https://portal.qwen.ai/v1'],
    [undefined, DEFAULT_ENDPOINT],
    // Slashes, case, spaces, ports.
    ['portal.qwen.ai/', 'https://portal.qwen.ai/v1'],
    ['https://portal.qwen.ai/v1///', 'https://portal.qwen.ai/v1'],
    ['https://dashscope.aliyuncs.com/compatible-mode/', DEFAULT_ENDPOINT],
    ['HTTPS://Portal.QWEN.ai/v1', 'https://portal.qwen.ai/v1'],
    ['PORTAL.QWEN.AI', 'https://portal.qwen.ai/v1'],
    ['  portal.qwen.ai \n', 'https://portal.qwen.ai/v1'],
    ['portal.qwen.ai:443', 'https://portal.qwen.ai/v1'],
    ['portal.qwen.ai:8443/api', 'https://portal.qwen.ai:8443/api/v1'],
    ['https://qwen.ai/v12', 'https://qwen.ai/v12/v1'],
    ['https://qwen.ai/notv1', 'https://qwen.ai/notv1/v1'],
    ['https://qwen.ai/a/../b', 'https://qwen.ai/b/v1'],
    // The address of a request, and a version written twice or in capitals.
    ['https://portal.qwen.ai/v1/chat/completions', 'https://portal.qwen.ai/v1'],
    ['https://portal.qwen.ai/v1/v1/', 'https://portal.qwen.ai/v1'],
    ['portal.qwen.ai/V1', 'https://portal.qwen.ai/v1'],
    // Loopback may be plain http.
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1'],
    ['http://localhost:11434/v1', 'http://localhost:11434/v1'],
    ['http://[::1]:8080', 'http://[::1]:8080/v1'],
    ['http://127.1:8080', 'http://127.0.0.1:8080/v1'],
    ['[::1]:8443', 'https://[::1]:8443/v1'],
    // Nothing in it is nothing said.
    ['', DEFAULT_ENDPOINT],
    ['   ', DEFAULT_ENDPOINT],
  ])('resource_url %j becomes %s', (resource_url, endpoint) => {
    expect(resolveEndpoint(resource_url, 'qwen')).toBe(endpoint);
  });
});

describe('a resource_url is refused', () => {
  test.each([
    ['http://portal.qwen.ai', 'plain http off loopback'],
    ['http://127.0.0.1.evil.example', 'a host that only begins like loopback'],
    ['http://localhost.evil.example', 'a host that only begins like localhost'],
    ['ftp://portal.qwen.ai', 'another scheme'],
    ['javascript://portal.qwen.ai', 'a script'],
    ['file:///etc/passwd', 'a file'],
    ['https://user:secret@portal.qwen.ai', 'user info'],
    ['https://@portal.qwen.ai', 'empty user info'],
    ['portal.qwen.ai@evil.example', 'a host dressed as user info'],
    ['https://portal.qwen.ai?x=1', 'a query'],
    ['https://portal.qwen.ai/v1?', 'an empty query'],
    ['https://portal.qwen.ai/v1#x', 'a fragment'],
    ['https://portal%2eqwen.ai', 'a percent-encoded host'],
    ['https://evil.example%2f.qwen.ai', 'a percent-encoded slash in the host'],
    ['https:\\\\portal.qwen.ai', 'backslashes'],
    ['https://portal.qwen.ai\\@evil.example', 'a backslash before another host'],
    ['https:portal.qwen.ai', 'a malformed scheme'],
    ['https://https://portal.qwen.ai', 'two schemes'],
    ['https://por tal.qwen.ai', 'a space inside'],
    ['https://portal.qwen.ai\u0000', 'a control'],
    ['https://portal.qwen.ai:99999', 'an impossible port'],
    ['https://', 'no host'],
    ['/v1', 'only a path'],
    ['http://[fe80::1]:80', 'plain http to an IPv6 address that is not loopback'],
    ['http://0.0.0.0:8080', 'plain http to the unspecified address'],
  ])('resource_url %j is refused: %s', (resource_url) => {
    expect(() => resolveEndpoint(resource_url, 'any')).toThrow(ProtocolError);
  });

  test.each([
    'portal.qwen.ai.evil.example',
    'evilqwen.ai',
    'qwen.ai.evil.example',
    'portal-qwen.ai',
    'https://xn--qwn-qdd.ai',
    'https://qwеn.ai',
    'https://portal.qwen.ai.',
    '203.0.113.7',
  ])(
    'resource_url %j of a login at Qwen is refused: it is not one of Qwen’s hosts',
    (resource_url) => {
      expect(() => resolveEndpoint(resource_url, 'qwen')).toThrow(
        expect.objectContaining({
          code: 'untrusted_endpoint',
          hint: expect.stringContaining('--base-url'),
        }),
      );
      expect(resolveEndpoint(resource_url, 'any')).toMatch(/^https:\/\/.+\/v1$/);
    },
  );
});

describe('a base URL that the user names', () => {
  test.each([
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:11434/v1/', 'http://127.0.0.1:11434/v1'],
    ['https://api.example.com/api/paas/v4', 'https://api.example.com/api/paas/v4'],
    ['api.example.com', 'https://api.example.com/v1'],
  ])('--base-url %j becomes %s', (text, endpoint) => {
    expect(parseEndpoint(text, '--base-url')).toBe(endpoint);
  });

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
    [
      'https://h.example/chat/completions',
      'https://h.example/chat/completions',
      '/chat/completions',
    ],
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
    ['"https://h.example/v1"', /quotation marks .*part of the value.*without them/],
    ["'https://h.example/v1", /quotation marks/],
    ['“https://h.example/v1”', /quotation marks/],
    ['https://<resource>.openai.azure.com', /placeholder/],
    ['https://{workspace}.eu-central-1.maas.aliyuncs.com', /placeholder/],
    ['$BASE_URL', /placeholder/],
    ['https://h.example/v1 /chat', /a space/],
    ['https://h.example/v1\nsecond', /a line break/],
    ['https://h.example\\v1', /a backslash: write \//],
    ['https://h.example/v1\u200b', /an invisible/],
    ['https://h.example/v1#chat', /no fragment: leave out #/],
    ['https://h.example/v1?api-key=abc', /holds a secret \(api-key\)$/],
    ['https://h.example/v1?a=b&access_token=abc', /holds a secret \(access_token\)$/],
    ['https://?api-version=1', /not a URL/],
  ])('--base-url %j is refused, and the message names what is wrong', (text, message) => {
    expect(() => parseEndpoint(text, '--base-url')).toThrow(UsageError);
    expect(() => parseEndpoint(text, '--base-url')).toThrow(message);
  });

  test('is refused with the name of its source', () => {
    expect(() => parseEndpoint('http://192.168.0.7/v1', 'OPENAI_BASE_URL')).toThrow(UsageError);
    expect(() => parseEndpoint('http://192.168.0.7/v1', 'OPENAI_BASE_URL')).toThrow(
      /^OPENAI_BASE_URL .*plain http/,
    );
  });
});
