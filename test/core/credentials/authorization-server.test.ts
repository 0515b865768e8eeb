import { expect, test } from 'vitest';
import {
  issuerOfLogin,
  hasQwenPaths,
  issuerOf,
  serverForRefresh,
} from '../../../src/core/credentials/authorization-server.ts';
import { QWEN_CLIENT_ID, QWEN_ISSUER, qwenServer } from '../../../src/core/qwen/issuer.ts';
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
    hint: `To use the stored login, ${remedy}. To sign in there: qwen-demo auth --client-id ID`,
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

test('a new login without an issuer goes where the stored one is from', () => {
  const url = (value: string) => ({ value, source: 'FILE', layer: 'stored' });
  expect(issuerOfLogin({ client_id: QWEN_CLIENT_ID }, 'FILE')).toBeUndefined();
  expect(issuerOfLogin({ issuer: OTHER, token_endpoint: `${OTHER}/token` }, 'FILE')).toEqual({
    kind: 'discovery',
    url: url(OTHER),
  });
  const { issuer, token_endpoint } = qwenServer('http://127.0.0.1:4455');
  expect(issuerOfLogin({ issuer, token_endpoint }, 'FILE')).toEqual({
    kind: 'qwen-paths',
    url: url(issuer),
  });
  const device_authorization_endpoint = 'https://github.com/login/device/code';
  const by_hand = { token_endpoint: 'https://github.com/token', device_authorization_endpoint };
  expect(issuerOfLogin({ issuer: 'https://github.com', ...by_hand }, 'FILE')).toEqual({
    kind: 'by-hand',
    url: url('https://github.com'),
    device_endpoint: url(device_authorization_endpoint),
    token_endpoint: url('https://github.com/token'),
  });
});

test('a login at a mirror of Qwen has Qwen’s paths, and one at another issuer has not', () => {
  expect(hasQwenPaths({})).toBe(true);
  expect(hasQwenPaths(qwenServer('http://127.0.0.1:4455'))).toBe(true);
  expect(hasQwenPaths({ issuer: OTHER, token_endpoint: `${OTHER}/token` })).toBe(false);
  expect(hasQwenPaths({ issuer: OTHER })).toBe(false);
});
