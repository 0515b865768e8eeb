import * as oauth from 'oauth4webapi';
import { expect, test } from 'vitest';
import { serverForRefresh } from '../../../src/core/credentials/authorization-server.ts';
import { oauthClientOf } from '../../../src/core/credentials/client.ts';
import type { Credentials } from '../../../src/core/credentials/credentials.ts';
import { beginLogin, completeLogin, loginRequest } from '../../../src/core/credentials/login.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { revokeToken } from '../../../src/core/oauth/revocation.ts';
import type { ConnectionFlags } from '../../../src/core/settings/settings.ts';
import { decide, DEVICE_GRANT, oidcIssuer } from '../../helpers/oidc-issuer.ts';
import { realClock as clock, realRandom as random } from '../../helpers/real-world.ts';
import { settingsFor } from '../../helpers/settings.ts';

const send = createTransport();
const SECRET = 'a+b c/d%e:f&g=h-0123456789';
const API = 'https://api.example.com';

const client = (token_endpoint_auth_method: string, change: object = {}) => ({
  client_id: 'app:1',
  token_endpoint_auth_method,
  ...(token_endpoint_auth_method === 'none' ? {} : { client_secret: SECRET }),
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  response_types: [],
  redirect_uris: [],
  ...change,
});

const features = { deviceFlow: { enabled: true }, revocation: { enabled: true } };
const resourceIndicators = {
  enabled: true,
  getResourceServerInfo: (_: unknown, resource: string) => ({
    scope: 'model.completion',
    audience: resource,
    accessTokenFormat: 'opaque',
  }),
};

interface Setting {
  client: object;
  settings?: object;
  path?: string;
  secret?: string;
  flags?: ConnectionFlags;
  expects?: object;
  /** Whether a refresh gives a new refresh token: by default to public clients. */
  rotates?: boolean;
}

const SETTINGS: Record<string, Setting> = {
  'a client registered for client_secret_basic': {
    client: client('client_secret_basic'),
    secret: SECRET,
    expects: { client_secret: SECRET },
    rotates: false,
  },
  'a client registered for client_secret_post, and refresh tokens that rotate': {
    client: client('client_secret_post'),
    settings: { rotateRefreshToken: true },
    secret: SECRET,
    expects: { token_endpoint_auth_method: 'client_secret_post' },
  },
  'a server that knows client_secret_basic alone': {
    client: client('client_secret_basic'),
    settings: { clientAuthMethods: ['client_secret_basic'] },
    secret: SECRET,
    expects: { token_endpoint_auth_method: 'client_secret_basic' },
    rotates: false,
  },
  'its own paths below a prefix': {
    client: client('none'),
    settings: { routes: {} },
    path: '/auth/realms/a b',
  },
  'the scope offline_access, without which there is no refresh token': {
    client: client('none'),
    settings: { issueRefreshToken: undefined },
    expects: { scope: 'openid offline_access', refresh_token: expect.any(String) },
  },
  'refresh tokens that do not rotate': {
    client: client('none'),
    settings: { rotateRefreshToken: false },
    rotates: false,
  },
  'resource indicators (RFC 8707)': {
    client: client('none'),
    settings: { features: { ...features, resourceIndicators } },
    flags: { resource: [API], scope: 'openid offline_access model.completion' },
    expects: { resource: [API] },
  },
};

/** Signs in with flags, as `auth login` does; the user approves before the first poll. */
async function signIn(issuer: string, { flags, secret }: Setting): Promise<Credentials> {
  const settings = settingsFor({ flags: { issuer, clientId: 'app:1', ...flags } });
  const request = loginRequest(settings, {
    place: { store: 'file', path: '/home/ada/oauth_creds.json' },
    named: {},
    stored: undefined,
    secret: secret === undefined ? undefined : { value: secret, source: 'V', layer: 'environment' },
  });
  const login = await beginLogin(request, { send, clock, random });
  await decide(login.device.verification_uri, login.device.user_code, 'approve');
  return completeLogin(login, { send, clock: { ...clock, sleep: async () => {} } });
}

test.each(Object.entries(SETTINGS))('oidc-provider with %s', async (_, setting) => {
  const { path, settings, rotates = true } = setting;
  await using provider = await oidcIssuer(encodeURI(path ?? ''), {
    clients: [setting.client],
    features,
    ...settings,
  });
  const stored = await signIn(provider.issuer, setting);
  const expected = { issuer: provider.issuer, client_id: 'app:1', ...setting.expects };
  expect(stored).toMatchObject(expected);

  const [configured, refresh_token = ''] = [settingsFor(), stored.refresh_token];
  const who = oauthClientOf(stored, configured);
  const refresh = { ...who, resource: stored.resource, send, clock };
  const findServer = () => serverForRefresh(stored, undefined, { send });
  const fresh = await refreshGrant({ ...refresh, findServer, refresh_token });
  expect(fresh).toMatchObject({ access_token: expect.not.stringMatching(stored.access_token) });
  expect(fresh.refresh_token === refresh_token).toBe(!rotates);

  const revocation_endpoint = stored.revocation_endpoint ?? '';
  const token = fresh.refresh_token ?? '';
  await revokeToken({ ...who, revocation_endpoint, token, token_type_hint: 'refresh_token', send });
  const dead = refreshGrant({ ...refresh, findServer, refresh_token: token });
  await expect(dead).rejects.toMatchObject({ code: 'refresh_token_rejected' });
});

test('oauth4webapi refreshes a login with the client and the secret that are stored with it', async () => {
  const setting = { client: client('client_secret_basic'), secret: SECRET };
  await using provider = await oidcIssuer('', { clients: [setting.client], features });
  const { token_endpoint, ...stored } = await signIn(provider.issuer, setting);
  const as = { issuer: provider.issuer, ...(token_endpoint ? { token_endpoint } : {}) };
  const other = { client_id: stored.client_id ?? '' };
  const response = await oauth.refreshTokenGrantRequest(
    as,
    other,
    oauth.ClientSecretBasic(stored.client_secret ?? ''),
    stored.refresh_token ?? '',
    { [oauth.allowInsecureRequests]: true },
  );
  expect(await response.json()).toMatchObject({ access_token: expect.any(String) });
});
