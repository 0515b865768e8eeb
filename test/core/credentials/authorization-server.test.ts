import { expect, test } from 'vitest';
import {
  hasQwenPaths,
  issuerOf,
  sameOrigin,
  serverForRefresh,
} from '../../../src/core/credentials/authorization-server.ts';
import {
  QWEN_CLIENT_ID,
  QWEN_ISSUER,
  QWEN_SCOPE,
  qwenServer,
} from '../../../src/core/qwen/issuer.ts';
import type { Sourced } from '../../../src/core/settings/layers.ts';

const OTHER = 'https://login.example.com';
const login = { access_token: 'a', expiry_date: 0 };
const unused = { send: () => Promise.reject(new Error('A request was sent')) };

test.each<[Sourced<string>, string]>([
  [{ value: OTHER, source: '--issuer', layer: 'flag' }, 'leave out --issuer'],
  [{ value: OTHER, source: 'QWEN_DEMO_ISSUER', layer: 'environment' }, 'unset QWEN_DEMO_ISSUER'],
  [
    { value: OTHER, source: 'profile work', layer: 'profile' },
    'remove the setting from profile work in config.json',
  ],
])('a refresh at another issuer than that of the login is refused: %j', async (url, remedy) => {
  const stored = { ...login, issuer: 'https://first.example.com' };
  await expect(serverForRefresh(stored, { kind: 'discovery', url }, unused)).rejects.toMatchObject({
    code: 'other_issuer',
    hint: `Sign in there with \`qwen-demo auth\`, or ${remedy}.`,
  });
});

test('a login without an issuer is from Qwen, or from the mirror of the settings', () => {
  const url = { value: OTHER, source: '--issuer', layer: 'flag' } as const;
  expect(issuerOf({ issuer: 'https://first.example.com' }, { kind: 'discovery', url })).toBe(
    'https://first.example.com',
  );
  expect(issuerOf({}, { kind: 'discovery', url })).toBe(QWEN_ISSUER);
  expect(issuerOf({}, { kind: 'qwen-paths', url })).toBe(OTHER);
  expect(issuerOf({})).toBe(QWEN_ISSUER);
});

test('the tokens of a login at Qwen go to no other issuer that the settings name', async () => {
  const url = { value: OTHER, source: '--issuer', layer: 'flag' } as const;
  const refresh = serverForRefresh(login, { kind: 'discovery', url }, unused);
  await expect(refresh).rejects.toMatchObject({ code: 'other_issuer' });
  const mirror = serverForRefresh(login, { kind: 'qwen-paths', url }, unused);
  expect(await mirror).toMatchObject({ token_endpoint: qwenServer(OTHER).token_endpoint });
});

test('the flags of a login name its issuer, client, scope and API, but not its secret', () => {
  expect(
    sameOrigin({
      issuer: OTHER,
      client_id: 'app',
      client_secret: 'hidden',
      scope: 'openid offline_access',
      token_endpoint: `${OTHER}/token`,
      resource: ['urn:a', 'urn:b'],
      base_url: 'https://llm.example.com/v1',
      trust_host: ['tokens.example.com'],
      param: ['audience=https://llm.example.com'],
    }),
  ).toEqual({
    env: [],
    flags: [
      ['--issuer', OTHER],
      ['--trust-host', 'tokens.example.com'],
      ['--client-id', 'app'],
      ['--scope', 'openid offline_access'],
      ['--resource', 'urn:a'],
      ['--resource', 'urn:b'],
      ['--param', 'audience=https://llm.example.com'],
      ['--base-url', 'https://llm.example.com/v1'],
    ],
  });
});

test('a login at Qwen needs no flags, one at a mirror a variable, one by hand its endpoints', () => {
  const qwen = { client_id: QWEN_CLIENT_ID, scope: QWEN_SCOPE };
  expect(sameOrigin(qwen)).toEqual({ env: [], flags: [] });
  const mirror = qwenServer('http://127.0.0.1:4455');
  const { issuer, token_endpoint } = mirror;
  expect(sameOrigin({ ...qwen, issuer, token_endpoint })).toEqual({
    env: [['QWEN_DEMO_OAUTH_BASE_URL', issuer]],
    flags: [],
  });
  const device_authorization_endpoint = 'https://github.com/login/device/code';
  const by_hand = { token_endpoint: 'https://github.com/token', device_authorization_endpoint };
  expect(sameOrigin({ issuer: 'https://github.com', client_id: 'app', ...by_hand }).flags).toEqual([
    ['--issuer', 'https://github.com'],
    ['--device-endpoint', device_authorization_endpoint],
    ['--token-endpoint', 'https://github.com/token'],
    ['--client-id', 'app'],
  ]);
});

test('a login at a mirror of Qwen has Qwen’s paths, and one at another issuer has not', () => {
  expect(hasQwenPaths({})).toBe(true);
  expect(hasQwenPaths(qwenServer('http://127.0.0.1:4455'))).toBe(true);
  expect(hasQwenPaths({ issuer: OTHER, token_endpoint: `${OTHER}/token` })).toBe(false);
  expect(hasQwenPaths({ issuer: OTHER })).toBe(false);
});
