import { expect, test } from 'vitest';
import { createTransport } from '../../../src/core/http/transport.ts';
import { beginLogin, completeLogin } from '../../../src/core/credentials/login.ts';
import type { DeviceAuthorization } from '../../../src/core/oauth/device-authorization.ts';
import { discover } from '../../../src/core/oauth/discovery.ts';
import { qwenServer } from '../../../src/core/qwen/issuer.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { revokeToken } from '../../../src/core/oauth/revocation.ts';
import { realClock, realRandom as random } from '../../helpers/real-world.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { decide, oidcIssuer } from '../../helpers/oidc-issuer.ts';
import { loginAt } from '../../helpers/scripted-issuer.ts';

const send = createTransport();
const client_id = 'public-client';
const scope = 'openid offline_access model.completion';

/** A login at an issuer that is found by its metadata. */
const requestAt = (issuer: string) => ({
  ...loginAt(issuer),
  issuer: { kind: 'discovery', url: { value: issuer, source: '--issuer', layer: 'flag' } } as const,
  client_id,
  scope,
});

/** Signs in: the user decides after the second poll, on the provider's own pages. */
async function signIn(issuer: string, user: (device: DeviceAuthorization) => Promise<string>) {
  const { sleeps } = new FakeClock();
  let page = '';
  const { device, ...pending } = await beginLogin(requestAt(issuer), {
    send,
    random,
    clock: realClock,
  });
  const sleep = async (ms: number) => {
    if (sleeps.push(ms) === 3) page = await user(device);
  };
  const clock = { ...realClock, sleep };
  const credentials = await completeLogin({ device, ...pending }, { send, clock }).catch(
    (error: unknown) => error,
  );
  return { credentials, device, sleeps, page };
}

test('oidc-provider accepts the device flow, refresh with rotation, and revocation', async () => {
  await using provider = await oidcIssuer();
  const server = await discover({ issuer: provider.issuer, send });
  expect(server).toMatchObject({
    ...qwenServer(provider.url),
    revocation_endpoint: `${provider.url}/api/v1/oauth2/revoke`,
  });

  const { credentials, device, sleeps, page } = await signIn(
    provider.issuer,
    ({ verification_uri, user_code }) => decide(verification_uri, user_code, 'approve'),
  );
  expect(page).toContain('Sign-in Success');
  expect(device.verification_uri_complete).toContain(device.user_code);
  expect(sleeps).toEqual([5000, 5000, 5000]);
  expect(credentials).toMatchObject({ token_type: 'Bearer', issuer: provider.issuer, client_id });
  const first = (credentials as { refresh_token: string }).refresh_token;

  const grant = { findServer: async () => server, client_id, send, clock: realClock };
  const second = await refreshGrant({ ...grant, refresh_token: first });
  expect(second.refresh_token).not.toBe(first);
  const refresh_token = second.refresh_token ?? '';
  const third = await refreshGrant({ ...grant, refresh_token });
  await revokeToken({
    revocation_endpoint: server.revocation_endpoint ?? '',
    client_id,
    token: third.refresh_token ?? '',
    token_type_hint: 'refresh_token',
    send,
  });
  const dead = { code: 'refresh_token_rejected' };
  await expect(refreshGrant({ ...grant, refresh_token })).rejects.toMatchObject(dead);
  const last = refreshGrant({ ...grant, refresh_token: third.refresh_token ?? '' });
  await expect(last).rejects.toMatchObject(dead);
});

test('verification_uri_complete leads to a login, at an issuer with a path too', async () => {
  await using provider = await oidcIssuer('/tenant/1');
  const server = await discover({ issuer: provider.issuer, send });
  expect(server.token_endpoint).toBe(`${provider.issuer}/api/v1/oauth2/token`);
  const { credentials } = await signIn(
    provider.issuer,
    ({ verification_uri_complete = '', user_code }) =>
      decide(verification_uri_complete, user_code, 'approve'),
  );
  expect(credentials).toMatchObject({ access_token: expect.any(String) });
});

test('a user who denies the login makes access_denied', async () => {
  await using provider = await oidcIssuer();
  const { credentials } = await signIn(provider.issuer, ({ verification_uri, user_code }) =>
    decide(verification_uri, user_code, 'deny'),
  );
  expect(credentials).toMatchObject({ kind: 'auth', code: 'access_denied' });
});

test('an unknown client is invalid_client', async () => {
  await using provider = await oidcIssuer();
  const request = { ...requestAt(provider.issuer), client_id: 'nobody' };
  const login = beginLogin(request, { send, random, clock: realClock });
  await expect(login).rejects.toMatchObject({ kind: 'auth', code: 'invalid_client' });
});
