import { describe, expect, test } from 'vitest';
import { serverForLogin } from '../../../src/core/credentials/authorization-server.ts';
import {
  authMethodsFor,
  clientForLogin,
  clientIdOf,
  oauthClientOf,
  loginAtIssuer,
} from '../../../src/core/credentials/client.ts';
import type { Credentials } from '../../../src/core/credentials/credentials.ts';
import { beginLogin, completeLogin } from '../../../src/core/credentials/login.ts';
import { QWEN_CLIENT_ID, qwenServer } from '../../../src/core/qwen/issuer.ts';
import type { Sourced } from '../../../src/core/settings/layers.ts';
import {
  DEVICE,
  granted,
  loginAt,
  pending,
  type Scripted,
  scriptedIssuer,
} from '../../helpers/scripted-issuer.ts';
import { type Said, settingsFor } from '../../helpers/settings.ts';

const OTHER = 'https://login.example.com';
const byFlag: Sourced<string> = { value: 's3cret', source: '--client-secret-file', layer: 'flag' };
const byVariable: Sourced<string> = {
  value: 's3cret',
  source: 'QWEN_DEMO_CLIENT_SECRET',
  layer: 'environment',
};
const stored: Credentials = {
  access_token: 'a',
  expiry_date: 0,
  issuer: `${OTHER}/`,
  client_id: 'stored',
  client_secret: 'kept',
};

test('the client of a login is the recorded one, else that of the settings, else Qwen’s', () => {
  const settings = settingsFor({ flags: { clientId: 'named' } });
  expect(clientIdOf({ client_id: 'recorded' }, settings)).toBe('recorded');
  expect(clientIdOf({}, settings)).toBe('named');
  expect(clientIdOf({}, settingsFor())).toBe(QWEN_CLIENT_ID);
  expect(clientIdOf(qwenServer('http://127.0.0.1:1'), settingsFor())).toBe(QWEN_CLIENT_ID);
});

test('a login at another issuer that records no client is never given Qwen’s', () => {
  const login = { ...stored, client_id: undefined };
  expect(clientIdOf(login, settingsFor())).toBeUndefined();
  expect(oauthClientOf(login, settingsFor({ flags: { clientId: 'app' } })).client_id).toBe('app');
  expect(() => oauthClientOf(login, settingsFor())).toThrow(
    expect.objectContaining({ kind: 'usage', code: 'missing_client_id' }),
  );
});

describe('the client that signs in', () => {
  const client = (said: Said, secret?: Sourced<string>, before?: Credentials) =>
    clientForLogin({ ...settingsFor(said), secret, known: knownAt(said, before) });
  const knownAt = (said: Said, before?: Credentials) =>
    loginAtIssuer(before, settingsFor(said).issuer);
  const mirror = { env: { QWEN_DEMO_OAUTH_BASE_URL: 'http://127.0.0.1:1' } };
  const issuer = { flags: { issuer: OTHER } };
  const named = { flags: { issuer: OTHER, clientId: 'app' } };

  test('is Qwen’s at Qwen and at a mirror, without a secret of another client', () => {
    expect(client({})).toEqual({ client_id: QWEN_CLIENT_ID });
    expect(client({}, byVariable)).toEqual({ client_id: QWEN_CLIENT_ID });
    expect(client(mirror, byVariable, stored)).toEqual({ client_id: QWEN_CLIENT_ID });
  });

  test('is the one that the user names, with the secret', () => {
    const expected = { client_id: 'app', client_secret: 's3cret' };
    expect(client(named, byFlag)).toEqual(expected);
    expect(client({ flags: { clientId: 'app' } }, byVariable)).toEqual(expected);
    expect(client(named)).toEqual({ client_id: 'app' });
  });

  test('is the stored one at the issuer of the stored login, with its secret', () => {
    const kept = { client_id: 'stored', client_secret: 'kept' };
    expect(client(issuer, undefined, stored)).toEqual(kept);
    expect(client(issuer, byFlag, stored)).toEqual({ ...kept, client_secret: 's3cret' });
    expect(client(named, undefined, stored)).toEqual({ client_id: 'app' });
  });

  test.each<[string, Said, (Sourced<string> | undefined)?, Credentials?]>([
    ['an issuer', issuer],
    ['another issuer than that of the stored login', issuer, undefined, { ...stored, issuer: 'x' }],
    ['endpoints by hand', { flags: { deviceEndpoint: `${OTHER}/d`, tokenEndpoint: `${OTHER}/t` } }],
    ['a client secret at Qwen', {}, byFlag],
    [
      'Qwen with a token endpoint by hand',
      { flags: { issuer: 'https://chat.qwen.ai', tokenEndpoint: `${OTHER}/t` } },
    ],
  ])('must be named for %s', (_, said, secret, before) => {
    expect(() => client(said, secret, before)).toThrow(
      expect.objectContaining({ kind: 'usage', code: 'missing_client_id' }),
    );
  });
});

test.each<[string[] | undefined, string[]]>([
  [undefined, ['client_secret_post', 'client_secret_basic']],
  [[], ['client_secret_basic', 'client_secret_post']],
  [
    ['private_key_jwt', 'none'],
    ['client_secret_basic', 'client_secret_post'],
  ],
  [['client_secret_post'], ['client_secret_post']],
  [['client_secret_basic'], ['client_secret_basic']],
  [
    ['client_secret_basic', 'client_secret_jwt', 'client_secret_post'],
    ['client_secret_post', 'client_secret_basic'],
  ],
])('a server that lists %j is sent the secret by %j', (listed, methods) => {
  const server = listed && { token_endpoint_auth_methods_supported: listed };
  expect(authMethodsFor(server ?? {})).toEqual(methods);
});

const basic = `Basic ${Buffer.from('app:s3cret').toString('base64')}`;
const refused: Scripted = { status: 401, json: { error: 'invalid_client' } };

/** A login by hand with a client secret, at a scripted server; which requests used which way. */
async function secretLogin(...script: Scripted[]) {
  await using issuer = await scriptedIssuer(...script);
  const url: Sourced<string> = { value: issuer.url, source: '--device-endpoint', layer: 'flag' };
  const endpoint = (path: string) => ({ ...url, value: `${issuer.url}${path}` });
  const endpoints = { device_endpoint: endpoint('/d'), token_endpoint: endpoint('/t') };
  const request = { ...loginAt(issuer.url), client_id: 'app', client_secret: 's3cret' };
  const by_hand = { ...request, issuer: { kind: 'by-hand', url, ...endpoints } } as const;
  const run = async () => completeLogin(await beginLogin(by_hand, issuer), issuer);
  const result = await run().catch((error: unknown) => error);
  const ways = issuer.received.map(({ path, headers, body }) => [
    path,
    headers.authorization === basic && !body.includes('client_id')
      ? 'basic'
      : body.includes('client_id=app&client_secret=s3cret') && !headers.authorization && 'post',
  ]);
  return { result, ways };
}

test('the way of sending the secret that the device endpoint accepts is kept with the login', async () => {
  const { result, ways } = await secretLogin(refused, { json: DEVICE }, pending, granted);
  expect(ways).toEqual([
    ['/d', 'post'],
    ['/d', 'basic'],
    ['/t', 'basic'],
    ['/t', 'basic'],
  ]);
  expect(result).toMatchObject({
    client_id: 'app',
    client_secret: 's3cret',
    token_endpoint_auth_method: 'client_secret_basic',
  });
});

test('a token endpoint that refuses the client is tried the other way, with the same code', async () => {
  const { result, ways } = await secretLogin({ json: DEVICE }, refused, granted);
  expect(ways).toEqual([
    ['/d', 'post'],
    ['/t', 'post'],
    ['/t', 'basic'],
  ]);
  expect(result).toMatchObject({ token_endpoint_auth_method: 'client_secret_basic' });
});

test.each(['access_denied', 'expired_token', 'invalid_grant'])(
  '%s at the status 401 does not refuse the client, and is not tried the other way',
  async (error) => {
    const no: Scripted = { status: 401, json: { error } };
    const { result, ways } = await secretLogin({ json: DEVICE }, no, granted);
    expect([result, ways.length]).toMatchObject([{ code: error }, 2]);
  },
);

test('a client that is refused both ways is an error, and so is any other refusal at once', async () => {
  const both = await secretLogin(refused, refused);
  expect([both.result, both.ways.length]).toMatchObject([{ code: 'invalid_client' }, 2]);
  const scope = await secretLogin({ status: 400, json: { error: 'invalid_scope' } });
  expect([scope.result, scope.ways.length]).toMatchObject([{ code: 'invalid_scope' }, 1]);
});

test.each([
  ['http://login.example.com/d', 'https://login.example.com/t', 'plain_http'],
  ['https://u:p@login.example.com/d', 'https://login.example.com/t', 'invalid_endpoint'],
  ['https://login.example.com/d#x', 'https://login.example.com/t', 'invalid_endpoint'],
  ['nonsense', 'https://login.example.com/t', 'invalid_endpoint'],
  [undefined, 'https://login.example.com/t', 'missing_endpoint'],
  ['https://login.example.com/d', undefined, 'missing_endpoint'],
])('the endpoints %s and %s are refused before a request: %s', async (device, token, code) => {
  const flags = { deviceEndpoint: device, tokenEndpoint: token };
  const { issuer } = settingsFor({ flags: JSON.parse(JSON.stringify(flags)) as object });
  const send = () => Promise.reject(new Error('A request was sent'));
  await expect(serverForLogin(issuer, { send })).rejects.toMatchObject({ kind: 'usage', code });
});
