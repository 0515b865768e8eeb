import * as oauth from 'oauth4webapi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, DEVICE_FORM, PATHS, SandboxClient } from '../../helpers/sandbox-client.ts';

let raw: SandboxClient;
beforeEach(async () => {
  raw = await SandboxClient.start();
});
afterEach(() => raw.sandbox.close());

describe('an independent client (oauth4webapi)', () => {
  const insecure = { [oauth.allowInsecureRequests]: true } as const;
  const client: oauth.Client = { client_id: CLIENT_ID };
  const none = oauth.None();

  async function discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(raw.sandbox.url);
    const options = { ...insecure, algorithm: 'oauth2' } as const;
    const response = await oauth.discoveryRequest(issuer, options);
    return oauth.processDiscoveryResponse(issuer, response);
  }

  async function signIn(as: oauth.AuthorizationServer): Promise<oauth.TokenEndpointResponse> {
    const code_verifier = oauth.generateRandomCodeVerifier();
    const code_challenge = await oauth.calculatePKCECodeChallenge(code_verifier);
    const parameters = { ...DEVICE_FORM, code_challenge };
    const device = await oauth.processDeviceAuthorizationResponse(
      as,
      client,
      await oauth.deviceAuthorizationRequest(as, client, none, parameters, insecure),
    );
    expect(device.verification_uri).toBe(`${raw.sandbox.url}/authorize`);
    expect(device.verification_uri_complete).toBe(
      `${raw.sandbox.url}/authorize?user_code=${device.user_code}`,
    );
    expect(device.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(device).toMatchObject({ interval: 5, expires_in: 600 });

    const ask = (): Promise<Response> =>
      oauth.deviceCodeGrantRequest(as, client, none, device.device_code, {
        ...insecure,
        additionalParameters: { code_verifier },
      });
    const pending = oauth.processDeviceCodeResponse(as, client, await ask());
    await expect(pending).rejects.toMatchObject({ error: 'authorization_pending', status: 400 });
    expect(raw.sandbox.approve(device.user_code)).toBe(true);
    return oauth.processDeviceCodeResponse(as, client, await ask());
  }

  it('discovers, signs in with PKCE, refreshes and revokes', async () => {
    const as = await discover();
    const first = await signIn(as);
    expect(first).toMatchObject({
      token_type: 'bearer',
      expires_in: 60,
      scope: 'openid model.completion',
      resource_url: raw.sandbox.url,
    });
    expect(await raw.models(first.access_token)).toBe(200);

    const second = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, none, first.refresh_token ?? '', insecure),
    );
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await raw.models(second.access_token)).toBe(200);

    const token = second.refresh_token ?? '';
    const revoked = await oauth.revocationRequest(as, client, none, token, insecure);
    await oauth.processRevocationResponse(revoked);
    expect(await raw.models(second.access_token)).toBe(401);
  });
});

describe('a device authorization request', () => {
  it.each([
    ['no challenge', { code_challenge: '' }, 400, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 400, 'invalid_request'],
    ['a challenge that is no SHA-256', { code_challenge: 'short' }, 400, 'invalid_request'],
    ['an unknown client', { client_id: 'somebody' }, 401, 'invalid_client'],
    ['no client', { client_id: '' }, 400, 'invalid_request'],
    ['a scope that is none', { scope: 'a  "b"' }, 400, 'invalid_scope'],
  ])('is refused with %s', async (_, form, status, error) => {
    expect(await raw.post(PATHS.device, { ...DEVICE_FORM, ...form })).toMatchObject({
      status,
      body: { error },
    });
  });

  it('is refused as JSON, with a repeated parameter, or when it is too long', async () => {
    const send = async (body: string, type: string): Promise<number> => {
      const headers = { 'content-type': type };
      const response = await fetch(raw.sandbox.url + PATHS.device, {
        method: 'POST',
        headers,
        body,
      });
      return response.status;
    };
    const form = new URLSearchParams(DEVICE_FORM).toString();
    const type = 'application/x-www-form-urlencoded';
    expect(await send(form, `${type}; charset=utf-8`)).toBe(200);
    expect(await send(JSON.stringify(DEVICE_FORM), 'application/json')).toBe(400);
    expect(await send(form, 'text/plain')).toBe(400);
    expect(await send(`${form}&scope=again`, type)).toBe(400);
    expect(await send(`${form}&x=${'x'.repeat(20_000)}`, type)).toBe(413);
  });
});

describe('polling', () => {
  it('is refused with a wrong code_verifier, and the device code stays valid', async () => {
    const { device_code, user_code } = await raw.begin();
    raw.sandbox.approve(user_code);
    const wrong = await raw.poll(device_code, { code_verifier: 'x'.repeat(43) });
    expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const none = await raw.poll(device_code, { code_verifier: '' });
    expect(none).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await raw.poll(device_code)).status).toBe(200);
  });

  it('gets tokens for a device code only once', async () => {
    const { device_code, user_code } = await raw.begin();
    raw.sandbox.approve(user_code);
    expect((await raw.poll(device_code)).status).toBe(200);
    expect((await raw.poll(device_code)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('that is too fast gets slow_down with 429 and an interval of 5 s more', async () => {
    const { device_code } = await raw.begin();
    const answers: unknown[] = [];
    for (const wait of [0, 5000, 4000, 9000, 15_000, 15_000]) {
      raw.clock.advance(wait);
      const { status, body } = await raw.poll(device_code);
      answers.push(`${status} ${String(body['error'])}`);
    }
    expect(answers).toEqual([
      '400 authorization_pending',
      '400 authorization_pending',
      '429 slow_down', // 10 s from now on
      '429 slow_down', // 15 s from now on
      '400 authorization_pending',
      '400 authorization_pending',
    ]);
  });

  it('gets the tokens after the approval, even when the poll comes too early', async () => {
    const { device_code, user_code } = await raw.begin();
    await raw.poll(device_code);
    raw.sandbox.approve(user_code);
    expect((await raw.poll(device_code)).status).toBe(200);
  });

  it('ends with access_denied when the user denies', async () => {
    const { device_code, user_code } = await raw.begin();
    expect(raw.sandbox.deny(user_code)).toBe(true);
    expect(raw.sandbox.approve(user_code)).toBe(false);
    const denied = await raw.poll(device_code);
    expect(denied).toMatchObject({ status: 400, body: { error: 'access_denied' } });
  });

  it('ends with expired_token after the lifetime of the code, approved or not', async () => {
    const { device_code, user_code } = await raw.begin();
    raw.sandbox.approve(user_code);
    raw.clock.advance(599_999);
    const late = await raw.begin();
    raw.clock.advance(1);
    expect((await raw.poll(device_code)).body).toMatchObject({ error: 'expired_token' });
    expect((await raw.poll(late.device_code)).body).toMatchObject({
      error: 'authorization_pending',
    });
  });

  it('is refused for an unknown device code and an unknown grant', async () => {
    expect((await raw.poll('nothing')).body).toMatchObject({ error: 'invalid_grant' });
    const grant = await raw.post(PATHS.token, { grant_type: 'password' });
    expect(grant.body).toMatchObject({ error: 'unsupported_grant_type' });
  });
});

it('auto_approve approves before the first poll and sets the interval to 1 s', async () => {
  await using hasty = await SandboxClient.start({ auto_approve: true });
  const { body } = await hasty.post(PATHS.device, DEVICE_FORM);
  expect(body).toMatchObject({ interval: 1 });
  expect((await hasty.poll(String(body['device_code']))).status).toBe(200);
});

it('the parameter resource may repeat (RFC 8707 §2), no other parameter may', async () => {
  const body = new URLSearchParams(DEVICE_FORM);
  body.append('resource', 'https://one.example');
  body.append('resource', 'https://two.example');
  const ask = () => fetch(raw.sandbox.url + PATHS.device, { method: 'POST', body });
  expect((await ask()).status).toBe(200);
  body.append('scope', 'openid');
  expect((await ask()).status).toBe(400);
});
