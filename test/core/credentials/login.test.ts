import { expect, test } from 'vitest';
import { beginLogin, completeLogin } from '../../../src/core/credentials/login.ts';
import type { PendingLogin } from '../../../src/core/credentials/pending-login.ts';
import { AuthError } from '../../../src/core/errors.ts';
import { QWEN_ISSUER } from '../../../src/core/qwen/issuer.ts';
import type { Poll } from '../../../src/core/oauth/poll.ts';
import {
  DEVICE,
  granted,
  loginAt,
  pending,
  type Scripted,
  scriptedIssuer,
  TOKEN,
} from '../../helpers/scripted-issuer.ts';

const device: Scripted = { json: DEVICE };

/** Begins and completes a login against a script that begins with the device authorization. */
async function login(...script: Scripted[]) {
  await using issuer = await scriptedIssuer(...script);
  const polls: Poll[] = [];
  const begun = await beginLogin(loginAt(issuer.url), issuer);
  const result = await completeLogin(begun, issuer, (poll) => polls.push(poll)).catch(
    (error: unknown) => error,
  );
  return { begun, result, polls, waits: issuer.clock.sleeps, received: issuer.received };
}

/** The credentials of `TOKEN`. */
const signedIn = expect.objectContaining({
  access_token: TOKEN.access_token,
  refresh_token: TOKEN.refresh_token,
});

const failed = (code: string) => expect.objectContaining({ code });

test('the device authorization request is byte for byte that of Qwen Code', async () => {
  const { received } = await login(device, granted);
  expect(received[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/oauth2/device/code',
    body:
      'client_id=client&scope=openid%20model.completion' +
      '&code_challenge=g80hPkaKL7rbUpYj1pvTaDr7jxOh8KvDFn00a94wNxk&code_challenge_method=S256',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      'x-request-id': '2b1c0e6e-9d3c-4a6e-8a53-0d5c0f3f7a11',
    },
  });
});

test('a poll is byte for byte that of Qwen Code', async () => {
  const { received } = await login(device, granted);
  expect(received[1]).toMatchObject({
    method: 'POST',
    path: '/api/v1/oauth2/token',
    body:
      'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=client' +
      '&device_code=device-code-secret&code_verifier=CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
  });
  expect(received[1]!.headers).not.toHaveProperty('x-request-id');
});

test('a login that is approved becomes credentials with what later commands need', async () => {
  const { begun, result, waits } = await login(device, granted);
  expect(begun.device).toMatchObject({
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://chat.qwen.ai/authorize',
    interval: 5,
  });
  expect(waits).toEqual([5000]);
  const { server, client_id } = begun;
  const { issuer, token_endpoint } = server;
  const { expires_in, ...token } = TOKEN;
  const expiry_date = begun.device.expires_at - 900_000 + 5000 + expires_in * 1000;
  const scope = 'openid model.completion';
  expect(result).toEqual({ ...token, expiry_date, issuer, client_id, scope, token_endpoint });
});

test('a login at Qwen keeps the client it was made with, and nothing else of its issuer', async () => {
  await using issuer = await scriptedIssuer(device, granted);
  const begun = await beginLogin({ ...loginAt(issuer.url), client_id: 'my-client' }, issuer);
  const server = { ...begun.server, issuer: QWEN_ISSUER };
  const result = await completeLogin({ ...begun, server }, issuer);
  const { expires_in: _, ...token } = TOKEN;
  expect(result).toEqual({ ...token, expiry_date: expect.any(Number), client_id: 'my-client' });
});

test('a pending login holds the settings that complete it', async () => {
  await using issuer = await scriptedIssuer(device);
  const named = { client_id: 'client', base_url: 'https://api.example/v1' };
  const request = { ...loginAt(issuer.url), resource: ['urn:a'], base_url: named.base_url, named };
  expect(await beginLogin(request, issuer)).toEqual({
    server: issuer.server,
    client_id: 'client',
    scope: 'openid model.completion',
    resource: ['urn:a'],
    base_url: 'https://api.example/v1',
    path: '/home/ada/oauth_creds.json',
    store: 'file',
    named,
    device: expect.objectContaining({ device_code: 'device-code-secret' }),
  });
  expect(issuer.received[0]!.body).toContain('&resource=urn%3Aa');
});

test('polls wait for the interval of the server', async () => {
  const { waits } = await login({ json: { ...DEVICE, interval: 2 } }, pending, granted);
  expect(waits).toEqual([2000, 2000]);
});

test('an interval of 0 means the default of 5 s', async () => {
  const { waits } = await login({ json: { ...DEVICE, interval: 0 } }, granted);
  expect(waits).toEqual([5000]);
});

test('authorization_pending keeps the interval', async () => {
  const { waits, polls } = await login(device, pending, pending, granted);
  expect(waits).toEqual([5000, 5000, 5000]);
  expect(polls).toEqual([
    { outcome: 'pending', wait: 5 },
    { outcome: 'pending', wait: 5 },
  ]);
});

test('a 200 with status pending counts as authorization_pending', async () => {
  const { waits, result } = await login(device, { json: { status: 'pending' } }, granted);
  expect(waits).toEqual([5000, 5000]);
  expect(result).toEqual(signedIn);
});

test.each([400, 429, 401, 200, 503])(
  'slow_down at %i adds 5 s, for all later polls',
  async (status) => {
    const slowDown = { status, json: { error: 'slow_down' } };
    const { waits, polls } = await login(device, slowDown, pending, slowDown, granted);
    expect(waits).toEqual([5000, 10_000, 10_000, 15_000]);
    expect(polls.map(({ outcome }) => outcome)).toEqual(['slow_down', 'pending', 'slow_down']);
  },
);

test('a dropped connection doubles the wait, and a response ends that', async () => {
  const drop = { drop: true };
  const { waits, polls, result } = await login(device, drop, drop, pending, granted);
  expect(waits).toEqual([5000, 10_000, 20_000, 5000]);
  expect(polls[0]).toMatchObject({ outcome: 'retry', wait: 10, cause: { kind: 'network' } });
  expect(result).toEqual(signedIn);
});

test.each([500, 502, 503])('a server that fails with %i is polled again', async (status) => {
  const { waits, result } = await login(device, { status, html: '<html>' }, granted);
  expect(waits).toEqual([5000, 10_000]);
  expect(result).toEqual(signedIn);
});

test('a server that always fails is polled until the code expires, at most every 80 s', async () => {
  const failing = Array.from({ length: 20 }, () => ({ status: 503, html: '<html>' }));
  const { waits, result } = await login({ json: { ...DEVICE, expires_in: 300 } }, ...failing);
  expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 80_000, 65_000]);
  expect(result).toEqual(failed('expired_token'));
});

test.each([
  ['HTML', 'html_answer', { html: '<!doctype html><title>aliyun_waf_aa</title>' }],
  ['empty', 'unreadable_answer', { text: '' }],
  ['cut off', 'unreadable_answer', { text: '{"access_token":"a' }],
  ['a redirect', 'redirect_refused', { status: 302, text: '' }],
])('the fourth response in a row that is %s ends the login', async (_, code, bad) => {
  const passing = await login(device, bad, bad, bad, pending, bad, granted);
  expect(passing.result).toEqual(signedIn);
  const staying = await login(device, bad, bad, bad, bad, granted);
  expect(staying.result).toEqual(failed(code));
  expect(staying.received).toHaveLength(5);
});

test.each([[{}], [{ access_token: '' }], [{ status: 'approved' }], [[]], ['text'], [null]])(
  'a 200 that is neither a token nor pending ends the login: %j',
  async (json) => {
    const { result, received } = await login(device, { json }, granted);
    expect(result).toEqual(failed('malformed_answer'));
    expect(received).toHaveLength(2);
  },
);

test.each(['access_denied', 'expired_token'])(
  '%s ends the login at 4xx and at 200',
  async (error) => {
    for (const status of [400, 401, 403, 428, 200]) {
      const { result } = await login(device, { status, json: { error } });
      expect(result).toBeInstanceOf(AuthError);
      expect(result).toEqual(failed(error));
    }
  },
);

test('authorization_pending in error_description does not count as pending', async () => {
  const json = { error: 'invalid_grant', error_description: 'authorization_pending' };
  const { result } = await login(device, { status: 400, json });
  expect(result).toEqual(failed('invalid_grant'));
});

test('the last poll comes when the time of the code is over, and is the end', async () => {
  const short = { json: { ...DEVICE, expires_in: 12 } };
  const { waits, result, received } = await login(short, pending, pending, pending, granted);
  expect(waits).toEqual([5000, 5000, 2000]);
  expect(result).toEqual(failed('expired_token'));
  expect(received).toHaveLength(4);
});

test('the signal ends a login at once with its reason', async () => {
  await using issuer = await scriptedIssuer(device, pending, granted);
  const controller = new AbortController();
  const reason = new Error('stop');
  const ports = { ...issuer, signal: controller.signal };
  const begun = await beginLogin(loginAt(issuer.url), ports);
  const result = completeLogin(begun, ports, () => controller.abort(reason));
  await expect(result).rejects.toBe(reason);
  expect(issuer.received).toHaveLength(2);
});

test('a login that was stored as JSON can be completed by another process', async () => {
  await using issuer = await scriptedIssuer(device, pending, granted);
  const stored = JSON.stringify(await beginLogin(loginAt(issuer.url), issuer));
  const { send, clock } = issuer;
  const credentials = await completeLogin(JSON.parse(stored) as PendingLogin, { send, clock });
  expect(credentials).toEqual(signedIn);
  expect(issuer.received[2]!.body).toContain('code_verifier=CQkJ');
});

test('no error repeats a secret that the server repeats', async () => {
  await using issuer = await scriptedIssuer(device, {
    status: 400,
    json: {
      error: 'bad device-code-secret',
      error_description: `\u001b[31mdevice-code-secret CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk\u0007 ${'x'.repeat(900)}`,
    },
  });
  const begun = await beginLogin(loginAt(issuer.url), issuer);
  const error = await completeLogin(begun, issuer).catch((error: Error) => error);
  const { message } = error as Error;
  for (const secret of issuer.secrets) expect(message).not.toContain(secret);
  expect(message).not.toMatch(/\p{C}/u);
  expect(message.length).toBeLessThan(500);
});
