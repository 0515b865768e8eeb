import { describe, expect, test } from 'vitest';
import { ollamaUrl } from '../../../src/core/settings/ollama-host.ts';
import { type Said, settingsFor } from '../../helpers/settings.ts';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:11434/v1'],
  ['localhost:8080', 'http://localhost:8080/v1'],
  [':8080', 'http://127.0.0.1:8080/v1'],
  ['0.0.0.0', 'http://127.0.0.1:11434/v1'],
  ['0.0.0.0:8080', 'http://127.0.0.1:8080/v1'],
  ['http://0.0.0.0:8080/', 'http://127.0.0.1:8080/v1'],
  ['::', 'http://[::1]:11434/v1'],
  ['[::]:8080', 'http://[::1]:8080/v1'],
  ['::1', 'http://[::1]:11434/v1'],
  ['[fd00::5]', 'http://[fd00::5]:11434/v1'],
  ['gpu-box', 'http://gpu-box:11434/v1'],
  // A URL has the port of its scheme.
  ['http://gpu-box', 'http://gpu-box/v1'],
  ['https://ollama.example', 'https://ollama.example/v1'],
  ['https://ollama.example:8443/v1/', 'https://ollama.example:8443/v1'],
  ['http://h/ollama', 'http://h/ollama/v1'],
  ['h:8080/ollama/', 'http://h:8080/ollama/v1'],
  ['ollama.com', 'https://ollama.com/v1'],
  ['h:66000', 'http://h:11434/v1'],
  ['h:port', 'http://h:11434/v1'],
  ['"localhost:8080"', 'http://localhost:8080/v1'],
  [" 'localhost' ", 'http://localhost:11434/v1'],
])('OLLAMA_HOST=%s is the API %s', (value, url) => {
  expect(ollamaUrl(value)).toBe(url);
});

describe('OLLAMA_HOST', () => {
  const LOCAL = 'http://127.0.0.1:11434/v1';

  function access({ env, ...said }: Said) {
    const { auth } = settingsFor({
      signed_in: false,
      ...said,
      env: { OLLAMA_HOST: '0.0.0.0', ...env },
    });
    return auth.method === 'oauth'
      ? ['login', auth.unused]
      : [auth.key?.value, auth.endpoint.value, auth.endpoint.source];
  }

  test.each<[string, Said, unknown[]]>([
    ['names the API when nothing else does', {}, [undefined, LOCAL, 'OLLAMA_HOST']],
    [
      'gets no key of another server',
      { env: { OPENAI_API_KEY: 'k' } },
      [undefined, LOCAL, 'OLLAMA_HOST'],
    ],
    ['is not used beside a login', { signed_in: true }, ['login', ['OLLAMA_HOST']]],
    ['is not used with --auth oauth', { flags: { auth: 'oauth' } }, ['login', ['OLLAMA_HOST']]],
    [
      'is not used for an issuer',
      { flags: { issuer: 'https://i.example' } },
      ['login', ['OLLAMA_HOST']],
    ],
    [
      'is not used for an issuer of the profile',
      { profile: { issuer: 'https://i.example' } },
      ['login', ['OLLAMA_HOST']],
    ],
    [
      'is not used for a login that is named and missing',
      { flags: { credentials: '/x.json' } },
      ['login', ['OLLAMA_HOST']],
    ],
    [
      'comes after a DashScope key',
      { env: { DASHSCOPE_API_KEY: 'k' } },
      ['k', 'https://dashscope.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'],
    ],
    [
      'comes after OPENAI_BASE_URL',
      { env: { OPENAI_BASE_URL: 'http://127.0.0.1:1' } },
      [undefined, 'http://127.0.0.1:1/v1', 'OPENAI_BASE_URL'],
    ],
    [
      'comes after a profile with a base URL',
      { profile: { base_url: 'http://127.0.0.1:1' } },
      [undefined, 'http://127.0.0.1:1/v1', 'profile default'],
    ],
    [
      'comes after the stored key of a profile',
      { profile: { auth: 'api-key' } },
      [undefined, 'https://dashscope.aliyuncs.com/compatible-mode/v1', 'default'],
    ],
  ])('%s', (_title, said, expected) => {
    expect(access(said)).toEqual(expected);
  });

  test('is not read where it is not used', () => {
    const env = { OLLAMA_HOST: 'ftp://x' };
    expect(settingsFor({ env }).auth.method).toBe('oauth');
    expect(() => settingsFor({ env, signed_in: false })).toThrow(/^OLLAMA_HOST is not a usable/);
  });
});

describe('OPENAI_API_BASE', () => {
  const OTHER = 'https://api.example.com/v1';

  test('names the API as OPENAI_BASE_URL does, which comes first', () => {
    const key = { OPENAI_API_KEY: 'k', OPENAI_API_BASE: `${OTHER}/` };
    const both = { ...key, OPENAI_BASE_URL: 'http://127.0.0.1:1' };
    expect(settingsFor({ env: key }).auth).toMatchObject({
      endpoint: { value: OTHER, source: 'OPENAI_API_BASE' },
      key: { value: 'k' },
    });
    expect(settingsFor({ env: both }).auth).toMatchObject({
      endpoint: { source: 'OPENAI_BASE_URL', overrides: ['OPENAI_API_BASE'] },
    });
  });

  test('gets no DashScope key when it leads to another host', () => {
    const env = { DASHSCOPE_API_KEY: 'k', OPENAI_API_BASE: OTHER };
    expect(() => settingsFor({ env })).toThrow(
      expect.objectContaining({
        code: 'foreign_base_url',
        hint: expect.stringContaining('unset OPENAI_API_BASE'),
      }),
    );
  });
});

describe('a value in quotation marks is refused by name, and not repeated', () => {
  test.each<[string, Said]>([
    ['OPENAI_BASE_URL', { env: { OPENAI_BASE_URL: '"https://h.example/v1"' } }],
    ['OPENAI_API_BASE', { env: { OPENAI_API_BASE: "'https://h.example/v1'" } }],
    ['DASHSCOPE_API_KEY', { env: { DASHSCOPE_API_KEY: '"sk-secret"' } }],
    ['QWEN_DEMO_OAUTH_BASE_URL', { env: { QWEN_DEMO_OAUTH_BASE_URL: "'https://i.example'" } }],
    ['QWEN_DEMO_MODEL', { env: { QWEN_DEMO_MODEL: '“qwen”' } }],
    ['profile default: client_id', { profile: { client_id: '`id`' } }],
    ['--base-url', { flags: { baseUrl: '"https://h.example/v1"' } }],
  ])('%s', (place, said) => {
    expect(() => settingsFor(said)).toThrow(
      expect.objectContaining({
        code: 'quoted_value',
        message: `${place} has quotation marks around its value, which are a part of it`,
      }),
    );
  });

  test('a key that is not used may have them', () => {
    expect(settingsFor({ env: { OPENAI_API_KEY: '"k"' } }).auth.method).toBe('oauth');
  });
});
