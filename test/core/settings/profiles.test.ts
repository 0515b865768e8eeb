import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/core/errors.ts';
import type { Config } from '../../../src/core/settings/config.ts';
import type { Profile } from '../../../src/core/settings/definitions.ts';
import { chooseProfile, profileNames } from '../../../src/core/settings/profile.ts';
import { settingsFor } from '../../helpers/settings.ts';

const config: Config = { profiles: { work: { model: 'm' }, home: {} } };
const choose = (flag?: string, env: Record<string, string> = {}, new_profile = false) =>
  chooseProfile({ flag, env, config, new_profile });

describe('the profile', () => {
  test('the profile is that of the flag, else of the environment, else default', () => {
    const env = { QWEN_DEMO_PROFILE: 'home' };
    expect(choose('work', env)).toEqual({
      value: 'work',
      source: '--profile',
      layer: 'flag',
      overrides: ['QWEN_DEMO_PROFILE'],
      recorded: { model: 'm' },
      models: {},
    });
    expect(choose(undefined, env)).toMatchObject({ value: 'home', source: 'QWEN_DEMO_PROFILE' });
    expect(choose()).toEqual({
      value: 'default',
      source: 'default',
      layer: 'default',
      recorded: undefined,
      models: {},
    });
  });

  test('a profile that does not exist is refused, and the error lists the profiles', () => {
    const refused = () => choose('wrok');
    expect(refused).toThrow(/^--profile: no profile "wrok"; did you mean work\?$/);
    expect(refused).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('default, work, home') }),
    );
  });

  test('a login may name a profile that does not exist', () => {
    expect(choose('new', {}, true)).toMatchObject({ value: 'new', recorded: undefined });
  });

  test.each(['Work', 'a b', '../x', '', '.', '-a', 'a'.repeat(65), 'ä', 'a/b', '__proto__'])(
    'no profile may be called %j',
    (name) => {
      expect(() => choose(name, {}, true)).toThrow(UsageError);
    },
  );

  test.each(['qwen-demo', 'refresh-failure'])(
    'no profile may be called %s: its login would be in a file of the default profile',
    (name) => {
      expect(() => choose(name, {}, true)).toThrow(/reserved/);
    },
  );

  test('a property of every object is not a profile', () => {
    expect(() => choose('constructor')).toThrow(/no profile "constructor"/);
  });

  test('the names of the profiles include default', () => {
    expect(profileNames(config)).toEqual(['default', 'work', 'home']);
    expect(profileNames({})).toEqual(['default']);
  });
});

const OTHER = 'https://api.example.com/v1';
const CODING = 'https://coding.dashscope.aliyuncs.com/v1';

describe('a setting of the profile', () => {
  const recorded: Profile = {
    issuer: 'https://login.example.com',
    client_id: 'c',
    scope: 's',
    resource: 'https://api.example.com',
    credentials: '~/creds.json',
    store: 'keyring',
    user_agent: 'a',
    timeout: 5,
    max_retries: 7,
    raw_thinking: true,
    model: 'm',
  };

  test('a setting of the profile applies without a flag and a variable, and names the profile as its source', () => {
    const source = 'profile default';
    expect(settingsFor({ profile: recorded })).toMatchObject({
      issuer: { kind: 'discovery', url: { value: 'https://login.example.com', source } },
      client_id: { value: 'c', source },
      scope: { value: 's', source },
      resource: { value: ['https://api.example.com'], source },
      credentials: { value: '/home/me/creds.json', source },
      store: { value: 'keyring', source },
      user_agent: { value: 'a', source },
      timeouts: { connect: 5000, headers: 5000 },
      max_retries: { value: 7, source },
      raw_thinking: { value: true, source },
      model: { value: 'm', source },
    });
  });

  test('a variable takes precedence over the profile, and a flag over both', () => {
    const env = { QWEN_DEMO_CLIENT_ID: 'e', QWEN_DEMO_MODEL: 'em' };
    expect(settingsFor({ profile: recorded, env })).toMatchObject({
      client_id: {
        value: 'e',
        source: 'QWEN_DEMO_CLIENT_ID',
        layer: 'environment',
        overrides: ['profile default'],
      },
      model: { value: 'em' },
    });
    expect(settingsFor({ profile: recorded, env, flags: { clientId: 'f' } }).client_id).toEqual({
      value: 'f',
      source: '--client-id',
      layer: 'flag',
      overrides: ['QWEN_DEMO_CLIENT_ID', 'profile default'],
    });
  });

  test('a relative path in a profile begins at the configuration folder', () => {
    const { credentials } = settingsFor({ profile: { credentials: 'more/creds.json' } });
    expect(credentials?.value).toBe('/configuration/more/creds.json');
  });

  test('a server with the paths of Qwen in the environment takes precedence over the issuer of the profile', () => {
    const env = { QWEN_DEMO_OAUTH_BASE_URL: 'http://127.0.0.1:1' };
    expect(settingsFor({ profile: recorded, env }).issuer?.kind).toBe('qwen-paths');
  });
});

describe('the API of a profile', () => {
  const auth = (profile: Profile, env: Record<string, string> = {}, flags = {}) => {
    const found = settingsFor({ profile, env, flags }).auth;
    return found.method === 'oauth'
      ? ['login', found.base_url?.value]
      : [found.stored ? 'stored' : found.key?.source, found.endpoint.value];
  };
  const key = { auth: 'api-key', base_url: OTHER };

  test.each<[string, Profile, Record<string, string>, object, unknown[]]>([
    ['is its stored key', key, {}, {}, ['stored', OTHER]],
    [
      'is its stored key, whatever OPENAI_API_KEY is there for',
      key,
      { OPENAI_API_KEY: 'k' },
      {},
      ['stored', OTHER],
    ],
    [
      'is OPENAI_API_KEY where it names a server and no key',
      { base_url: OTHER },
      { OPENAI_API_KEY: 'k' },
      {},
      ['OPENAI_API_KEY', OTHER],
    ],
    [
      'is OPENAI_API_KEY beside OPENAI_BASE_URL',
      key,
      { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: OTHER },
      {},
      ['OPENAI_API_KEY', OTHER],
    ],
    [
      'is the key of the plan in the environment',
      { auth: 'api-key', plan: 'coding' },
      { BAILIAN_CODING_PLAN_API_KEY: 'k' },
      {},
      ['BAILIAN_CODING_PLAN_API_KEY', CODING],
    ],
    [
      'is its stored key before that of another plan',
      { auth: 'api-key', plan: 'coding' },
      { DASHSCOPE_API_KEY: 'k' },
      {},
      ['stored', CODING],
    ],
    [
      'is its login, whatever keys are there',
      { auth: 'oauth' },
      { DASHSCOPE_API_KEY: 'k', OPENAI_BASE_URL: OTHER },
      {},
      ['login', undefined],
    ],
    [
      'takes its login to its base URL',
      { auth: 'oauth', base_url: OTHER },
      {},
      {},
      ['login', OTHER],
    ],
    ['takes its login to its plan', { auth: 'oauth', plan: 'coding' }, {}, {}, ['login', CODING]],
    ['lets a flag decide', key, {}, { auth: 'oauth', baseUrl: CODING }, ['login', CODING]],
    [
      'keeps a login away from the base URL of its key',
      key,
      { QWEN_DEMO_AUTH: 'oauth' },
      {},
      ['login', undefined],
    ],
  ])('the way to the API with a profile %s', (_, profile, env, flags, way) => {
    expect(auth(profile, env, flags)).toEqual(way);
  });

  test('the settings of a profile say which variables are not used', () => {
    const env = { DASHSCOPE_API_KEY: 'k', OPENAI_BASE_URL: OTHER };
    expect(settingsFor({ profile: { auth: 'oauth' }, env }).auth.unused).toEqual([
      'DASHSCOPE_API_KEY',
      'OPENAI_BASE_URL',
    ]);
  });
});
