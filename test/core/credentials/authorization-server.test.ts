import { expect, test } from 'vitest';
import {
  clientIdOf,
  hasQwenPaths,
  issuerOf,
  serverForRefresh,
} from '../../../src/core/credentials/authorization-server.ts';
import { QWEN_CLIENT_ID, QWEN_ISSUER, qwenServer } from '../../../src/core/qwen/issuer.ts';
import type { Sourced } from '../../../src/core/settings/layers.ts';
import { settingsFor } from '../../helpers/settings.ts';

const OTHER = 'https://login.example.com';
const login = { access_token: 'a', expiry_date: 0 };
const unused = () => Promise.reject(new Error('A request was sent'));

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

test('the client of a login is the recorded one, else that of the settings, else Qwen’s', () => {
  const settings = settingsFor({ flags: { clientId: 'named' } });
  expect(clientIdOf({ client_id: 'recorded' }, settings)).toBe('recorded');
  expect(clientIdOf({}, settings)).toBe('named');
  expect(clientIdOf(undefined, settingsFor())).toBe(QWEN_CLIENT_ID);
});

test('a login without an issuer is from the server of the settings, else from Qwen', () => {
  const url = { value: OTHER, source: '--issuer', layer: 'flag' } as const;
  expect(issuerOf({ issuer: 'https://first.example.com' }, { kind: 'discovery', url })).toBe(
    'https://first.example.com',
  );
  expect(issuerOf({}, { kind: 'discovery', url })).toBe(OTHER);
  expect(issuerOf({})).toBe(QWEN_ISSUER);
});

test('a login at a mirror of Qwen has Qwen’s paths, and one at another issuer has not', () => {
  expect(hasQwenPaths({})).toBe(true);
  expect(hasQwenPaths(qwenServer('http://127.0.0.1:4455'))).toBe(true);
  expect(hasQwenPaths({ issuer: OTHER, token_endpoint: `${OTHER}/token` })).toBe(false);
  expect(hasQwenPaths({ issuer: OTHER })).toBe(false);
});
