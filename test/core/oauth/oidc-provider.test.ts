import { expect, test } from 'vitest';
import { createTransport } from '../../../src/core/http/transport.ts';
import type { DeviceAuthorization } from '../../../src/core/oauth/device-authorization.ts';
import { authorizeDevice } from '../../../src/core/oauth/poll.ts';
import { discover } from '../../../src/core/oauth/discovery.ts';
import { qwenServer } from '../../../src/core/qwen/issuer.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { revokeToken } from '../../../src/core/oauth/revocation.ts';
import { realClock, realRandom as random } from '../../helpers/real-world.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { decide, oidcIssuer } from '../../helpers/oidc-issuer.ts';

const send = createTransport();
const client_id = 'public-client';
const scope = 'openid offline_access model.completion';

/** Signs in: the user decides after the second poll, on the provider's own pages. */
async function signIn(
  server: Parameters<typeof authorizeDevice>[0]['server'],
  user: (device: DeviceAuthorization) => Promise<string>,
) {
  const clock = new FakeClock(Date.now());
  let device: DeviceAuthorization | undefined;
  let page = '';
  const sleep = async (ms: number) => {
    if (clock.sleeps.push(ms) === 3 && device) page = await user(device);
  };
  const token = await authorizeDevice({
    server,
    client_id,
    scope,
    send,
    random,
    clock: { ...realClock, sleep },
    onVerification: (shown) => {
      device = shown;
    },
  }).catch((error: unknown) => error);
  return { token, device, sleeps: clock.sleeps, page };
}

test('a whole life: device flow, refresh with rotation, reuse, revocation', async () => {
  await using provider = await oidcIssuer();
  const server = await discover({ issuer: provider.issuer, send });
  expect(server).toEqual({
    ...qwenServer(provider.url),
    revocation_endpoint: `${provider.url}/api/v1/oauth2/revoke`,
  });

  const { token, device, sleeps, page } = await signIn(server, ({ verification_uri, user_code }) =>
    decide(verification_uri, user_code, 'approve'),
  );
  expect(page).toContain('Sign-in Success');
  expect(device?.verification_uri_complete).toContain(device?.user_code);
  expect(sleeps).toEqual([5000, 5000, 5000]);
  expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope });
  const first = (token as { refresh_token: string }).refresh_token;

  const grant = { server, client_id, send, clock: realClock };
  const second = await refreshGrant({ ...grant, refresh_token: first });
  expect(second.refresh_token).not.toBe(first);
  const refresh_token = second.refresh_token ?? '';
  const third = await refreshGrant({ ...grant, refresh_token });
  const revocation = { server, client_id, send, token_type_hint: 'refresh_token' } as const;
  await revokeToken({ ...revocation, token: third.refresh_token ?? '' });
  const dead = { code: 'refresh_token_rejected' };
  await expect(refreshGrant({ ...grant, refresh_token })).rejects.toMatchObject(dead);
  const last = refreshGrant({ ...grant, refresh_token: third.refresh_token ?? '' });
  await expect(last).rejects.toMatchObject(dead);
});

test('the complete URI leads to the same end, below a path too', async () => {
  await using provider = await oidcIssuer('/tenant/1');
  const server = await discover({ issuer: provider.issuer, send });
  expect(server.token_endpoint).toBe(`${provider.issuer}/api/v1/oauth2/token`);
  const { token } = await signIn(server, ({ verification_uri_complete = '', user_code }) =>
    decide(verification_uri_complete, user_code, 'approve'),
  );
  expect(token).toMatchObject({ access_token: expect.any(String) });
});

test('a user who says no is access_denied', async () => {
  await using provider = await oidcIssuer();
  const { token } = await signIn(qwenServer(provider.url), ({ verification_uri, user_code }) =>
    decide(verification_uri, user_code, 'deny'),
  );
  expect(token).toMatchObject({ kind: 'auth', code: 'access_denied' });
});

test('an unknown client is named as such', async () => {
  await using provider = await oidcIssuer();
  const flow = authorizeDevice({
    server: qwenServer(provider.url),
    client_id: 'nobody',
    scope,
    send,
    random,
    clock: realClock,
    onVerification: () => {},
  });
  await expect(flow).rejects.toMatchObject({ kind: 'auth', code: 'invalid_client' });
});
