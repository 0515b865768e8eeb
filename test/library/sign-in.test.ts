import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { authorizeDevice } from '../../src/library/index.ts';

test("a login at another issuer is not begun with Qwen's client", async () => {
  const login_without_client = authorizeDevice({
    issuer: 'https://login.example.com',
    onCode: () => {},
  });
  await expect(login_without_client).rejects.toMatchObject({ code: 'missing_client_id' });
});

test('a login asks for what an issuer lists and wants, as the command line does', async () => {
  const forms: URLSearchParams[] = [];
  const issuer = 'https://login.example.com';
  const answers: Record<string, object> = {
    '/.well-known/oauth-authorization-server': {
      issuer,
      device_authorization_endpoint: `${issuer}/device`,
      token_endpoint: `${issuer}/token`,
      scopes_supported: ['openid', 'offline_access'],
    },
    '/device': { device_code: 'd', user_code: 'u', verification_uri: issuer, expires_in: 60 },
    '/token': { access_token: 'a', refresh_token: 'r', expires_in: 60 },
  };
  const credentials = await authorizeDevice({
    issuer,
    client_id: 'c',
    client_secret: 's3cret',
    param: ['audience=https://llm.example.com'],
    clock: { ...systemClock, sleep: async () => {} },
    transport: async (url, { body }) => {
      forms.push(new URLSearchParams(body));
      return Response.json(answers[url.slice(issuer.length)]);
    },
    onCode: () => {},
  });
  expect(forms[1]?.get('scope')).toBe('openid offline_access');
  expect(forms[1]?.get('audience')).toBe('https://llm.example.com');
  expect(credentials).toMatchObject({ client_secret: 's3cret', scope: 'openid offline_access' });
});

const LOGIN: Record<string, object> = {
  device: {
    device_code: 'd',
    user_code: 'u',
    verification_uri: 'https://q.example',
    expires_in: 60,
  },
  token: { access_token: 'a', refresh_token: 'r', expires_in: 60 },
};

test.each([
  ['with a slash behind its URL', { issuer: 'https://chat.qwen.ai/' }],
  [
    'by the names of its endpoints',
    {
      server: {
        issuer: 'https://chat.qwen.ai',
        device_authorization_endpoint: 'https://chat.qwen.ai/api/v1/oauth2/device/code',
        token_endpoint: 'https://chat.qwen.ai/api/v1/oauth2/token',
      },
    },
  ],
])('a login at Qwen %s uses its client and its scope', async (_, named) => {
  const forms: URLSearchParams[] = [];
  await authorizeDevice({
    ...named,
    clock: { ...systemClock, sleep: async () => {} },
    transport: async (url, { body }) => {
      forms.push(new URLSearchParams(body));
      return Response.json(LOGIN[url.endsWith('token') ? 'token' : 'device']);
    },
    onCode: () => {},
  });
  expect(forms[0]?.get('client_id')).toBe('f0304373b74a44d2b584a3fb70ca9e56');
  expect(forms[0]?.get('scope')).toBe('openid profile email model.completion');
});

test.each([
  [undefined, 'plain_http'],
  [true, 'no_metadata'],
])('a login at an issuer of plain http with allow_http %s: %s', async (allow_http, code) => {
  const login = authorizeDevice({
    issuer: 'http://login.example.com',
    client_id: 'c',
    allow_http,
    transport: async () => new Response('', { status: 404 }),
    onCode: () => {},
  });
  await expect(login).rejects.toMatchObject({ code });
});
