import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import { type ConnectionFlags, modelSetting } from '../../../src/core/settings/settings.ts';
import { settingsFor } from '../../helpers/settings.ts';

function settings(env: Record<string, string> = {}, flags: ConnectionFlags = {}) {
  return settingsFor({ flags, env });
}

function auth(env: Record<string, string> = {}, flags: ConnectionFlags = {}) {
  const found = settings(env, flags).auth;
  return found.method === 'oauth'
    ? ['login', found.base_url?.value]
    : [found.key?.source, found.endpoint.value];
}

const STANDARD = 'https://dashscope.aliyuncs.com/compatible-mode/v1';
const CODING = 'https://coding.dashscope.aliyuncs.com/v1';
const TOKEN = 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1';
const LOCAL = 'http://127.0.0.1:11434/v1';
const OTHER = 'https://api.example.com/v1';

describe('the way to the API', () => {
  test.each<[string, Record<string, string>, ConnectionFlags, (string | undefined)[]]>([
    ['is the login when nothing is said', {}, {}, ['login', undefined]],
    [
      'is a DashScope key when there is one',
      { DASHSCOPE_API_KEY: 'k' },
      {},
      ['DASHSCOPE_API_KEY', STANDARD],
    ],
    [
      'knows the Coding Plan by its variable',
      { BAILIAN_CODING_PLAN_API_KEY: 'k' },
      {},
      ['BAILIAN_CODING_PLAN_API_KEY', CODING],
    ],
    [
      'knows the Token Plan by its variable',
      { BAILIAN_TOKEN_PLAN_API_KEY: 'k' },
      {},
      ['BAILIAN_TOKEN_PLAN_API_KEY', TOKEN],
    ],
    [
      'ignores OPENAI_API_KEY without a base URL',
      { OPENAI_API_KEY: 'k' },
      {},
      ['login', undefined],
    ],
    [
      'takes OPENAI_API_KEY beside a base URL',
      { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: OTHER },
      {},
      ['OPENAI_API_KEY', OTHER],
    ],
    ['needs no key for a base URL', { OPENAI_BASE_URL: LOCAL }, {}, [undefined, LOCAL]],
    [
      'takes DASHSCOPE_BASE_URL',
      { DASHSCOPE_API_KEY: 'k', DASHSCOPE_BASE_URL: LOCAL },
      {},
      ['DASHSCOPE_API_KEY', LOCAL],
    ],
    [
      'sends a DashScope key to loopback too',
      { DASHSCOPE_API_KEY: 'k', OPENAI_BASE_URL: LOCAL },
      {},
      ['DASHSCOPE_API_KEY', LOCAL],
    ],
    [
      'prefers the flag to the environment',
      { OPENAI_BASE_URL: OTHER, OPENAI_API_KEY: 'k' },
      { baseUrl: LOCAL },
      ['OPENAI_API_KEY', LOCAL],
    ],
    [
      'gives a foreign host the key of a foreign host',
      { DASHSCOPE_API_KEY: 'd', OPENAI_API_KEY: 'o', OPENAI_BASE_URL: OTHER },
      {},
      ['OPENAI_API_KEY', OTHER],
    ],
    [
      'gives DashScope the key of DashScope',
      { DASHSCOPE_API_KEY: 'd', OPENAI_API_KEY: 'o', OPENAI_BASE_URL: STANDARD },
      {},
      ['DASHSCOPE_API_KEY', STANDARD],
    ],
    [
      'gives the Coding Plan its own key',
      { DASHSCOPE_API_KEY: 'd', BAILIAN_CODING_PLAN_API_KEY: 'c', OPENAI_BASE_URL: CODING },
      {},
      ['BAILIAN_CODING_PLAN_API_KEY', CODING],
    ],
    [
      'sends a DashScope key to a foreign host named by flag',
      { DASHSCOPE_API_KEY: 'd' },
      { baseUrl: OTHER },
      ['DASHSCOPE_API_KEY', OTHER],
    ],
    [
      'is the login when that is asked for',
      { DASHSCOPE_API_KEY: 'k', QWEN_DEMO_AUTH: 'oauth' },
      {},
      ['login', undefined],
    ],
    [
      'keeps a login away from a base URL of the environment',
      { OPENAI_BASE_URL: OTHER },
      { auth: 'oauth' },
      ['login', undefined],
    ],
    [
      'takes a login to a base URL named by flag',
      {},
      { auth: 'oauth', baseUrl: OTHER },
      ['login', OTHER],
    ],
    [
      'counts a blank variable as none',
      { DASHSCOPE_API_KEY: ' ', OPENAI_BASE_URL: '' },
      {},
      ['login', undefined],
    ],
  ])('%s', (_, env, flags, way) => {
    expect(auth(env, flags)).toEqual(way);
  });

  test.each<[string, Record<string, string>, ConnectionFlags, RegExp]>([
    [
      'a DashScope key for a foreign host that only the environment names',
      { DASHSCOPE_API_KEY: 'secret', OPENAI_BASE_URL: OTHER },
      {},
      /^DASHSCOPE_API_KEY is not sent to api\.example\.com$/,
    ],
    [
      'another way than the two',
      { QWEN_DEMO_AUTH: 'magic' },
      {},
      /^QWEN_DEMO_AUTH must be oauth or api-key/,
    ],
    ['a base URL that is none', {}, { baseUrl: 'http://example.com' }, /^--base-url/],
    ['an empty flag', {}, { credentials: '' }, /^--credentials needs a value/],
    [
      'a time-out that is none',
      { QWEN_DEMO_TIMEOUT: 'soon' },
      {},
      /^QWEN_DEMO_TIMEOUT: "soon" is not a duration/,
    ],
    [
      'retries that are not a number',
      { QWEN_DEMO_MAX_RETRIES: '-1' },
      {},
      /^QWEN_DEMO_MAX_RETRIES -1 is not a whole number from 0 to 99/,
    ],
    [
      'a User-Agent that would break the header',
      { QWEN_DEMO_USER_AGENT: 'a\nb: c' },
      {},
      /no header may hold/,
    ],
  ])('refuses %s', (_, env, flags, message) => {
    expect(() => settings(env, flags)).toThrow(UsageError);
    expect(() => settings(env, flags)).toThrow(message);
  });
});

test('the model is the flag’s, then the environment’s in order, then the default', () => {
  const env = { QWEN_DEMO_MODEL: 'a', OPENAI_MODEL: 'b', QWEN_MODEL: 'c' };
  expect(modelSetting('x', env)).toMatchObject({ value: 'x', source: '--model' });
  expect(modelSetting(undefined, env)).toEqual({
    value: 'a',
    source: 'QWEN_DEMO_MODEL',
    layer: 'environment',
    overrides: ['OPENAI_MODEL', 'QWEN_MODEL'],
  });
  expect(modelSetting(undefined, { QWEN_MODEL: 'c' }).source).toBe('QWEN_MODEL');
  expect(modelSetting(undefined, {})).toEqual({
    value: 'qwen3-coder-plus',
    source: 'default',
    layer: 'default',
  });
});

test('one time-out bounds every wait and an exchange in all, and connecting for 30 s at most', () => {
  expect(settings().timeouts).toEqual({});
  expect(settings({}, { timeout: 120_000 }).timeouts).toEqual({
    connect: 30_000,
    headers: 120_000,
    total: 120_000,
    body: 120_000,
  });
  expect(settings({ QWEN_DEMO_TIMEOUT: '500ms' }).timeouts.connect).toBe(500);
});

test('an issuer is discovered, or has the paths of Qwen', () => {
  expect(settings().issuer).toBeUndefined();
  expect(settings({ QWEN_DEMO_OAUTH_BASE_URL: LOCAL }).issuer).toMatchObject({
    kind: 'qwen-paths',
  });
  expect(
    settings({ QWEN_DEMO_OAUTH_BASE_URL: LOCAL }, { issuer: 'https://login.example.com' }).issuer,
  ).toEqual({
    kind: 'discovery',
    url: { value: 'https://login.example.com', source: '--issuer', layer: 'flag' },
  });
});

test('the proxy is that of the environment, in either case', () => {
  expect(settings({ HTTPS_PROXY: 'http://p:1', all_proxy: 'p:2', no_proxy: 'a,b' }).proxy).toEqual({
    HTTPS_PROXY: 'http://p:1',
    all_proxy: 'p:2',
    no_proxy: 'a,b',
  });
});
