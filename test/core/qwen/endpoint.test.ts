import { describe, expect, test } from 'vitest';
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
    ['http://127.100.200.30', 'http://127.100.200.30/v1'],
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
    const refusal = () => resolveEndpoint(resource_url, 'any');
    expect(refusal).toThrow(ProtocolError);
    expect(refusal).toThrow(/^The login names an unusable API address \(resource_url\): \w/);
    expect(refusal).toThrow(
      expect.objectContaining({
        code: 'invalid_resource_url',
        hint: expect.stringContaining('--base-url'),
      }),
    );
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
          message: expect.stringMatching(
            /^The login leads to \S+, which is not one of Qwen's hosts$/,
          ),
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
    [' https://h.example/v1\n', 'https://h.example/v1'],
    // What is odd at the beginning or the end is good in between.
    ['h.example/https://h2.example', 'https://h.example/https://h2.example'],
    ["h.example/it's", "https://h.example/it's"],
    ['h.example/a,b;c/v1', 'https://h.example/a,b;c/v1'],
    ['h.example/http//v1', 'https://h.example/http/v1'],
    ...['monkey', 'keyword', 'api-version', 'tokenizer', 'codename'].map((name) => [
      `https://h.example/v1?${name}=1`,
      `https://h.example/v1?${name}=1`,
    ]),
  ])('--base-url %j becomes %s', (text, endpoint) => {
    expect(parseEndpoint(text, '--base-url')).toBe(endpoint);
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
    ['https://h.example/v1,', /ends in ,: leave that out/],
    ['OPENAI_BASE_URL=https://h.example/v1', /the name of a variable/],
    ['http//h.example/v1', /lacks a colon/],
    ['https://h.example/v1#chat', /no fragment: leave out #/],
    ['https://h.example/v1?api-key=abc', /holds a secret \(api-key\)$/],
    ['https://h.example/v1?a=b&access_token=abc', /holds a secret \(access_token\)$/],
    ['https://?api-version=1', /not a URL/],
  ])('--base-url %j is refused, and the message names what is wrong', (text, message) => {
    expect(() => parseEndpoint(text, '--base-url')).toThrow(UsageError);
    expect(() => parseEndpoint(text, '--base-url')).toThrow(message);
  });

  test.each([
    'KEY',
    'apikey',
    'api_key',
    'my-api-key',
    'subscription-key',
    'id_token',
    'client_secret',
    'password',
    'sig',
    'code',
  ])('is refused with a secret in its query: %s', (name) => {
    expect(() => parseEndpoint(`h.example/v1?${name}=1`, '--base-url')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`holds a secret (${name})`),
        hint: expect.stringContaining('OPENAI_API_KEY'),
      }),
    );
  });

  test('is refused with the name of its source', () => {
    expect(() => parseEndpoint('https://h example/v1', 'OPENAI_BASE_URL')).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^OPENAI_BASE_URL is not a usable API base URL/),
        hint: expect.stringContaining(DEFAULT_ENDPOINT),
      }),
    );
  });
});
