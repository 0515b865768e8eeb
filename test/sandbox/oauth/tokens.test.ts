import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, PATHS, SandboxClient } from '../../helpers/sandbox-client.ts';

let client: SandboxClient;
beforeEach(async () => {
  client = await SandboxClient.start();
});
afterEach(() => client.sandbox.close());

describe('a token of the sandbox', () => {
  const INVALID = {
    status: 400,
    body: {
      error: 'invalid_request',
      error_description: 'Invalid refresh token or client_id',
    },
  };

  it('arrives with Cache-Control: no-store', async () => {
    const { headers } = await client.refresh(client.sandbox.issue().refresh_token);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('expires after its lifetime', async () => {
    const { access_token } = client.sandbox.issue();
    client.clock.advance(59_999);
    expect(await client.models(access_token)).toBe(200);
    client.clock.advance(1);
    expect(await client.models(access_token)).toBe(401);
  });

  it('is revoked with its whole family when a used refresh token is sent again', async () => {
    const [first, other] = [client.sandbox.issue(), client.sandbox.issue()];
    const second = await client.refresh(first.refresh_token);
    const third = await client.refresh(second.body['refresh_token']);
    expect(third.status).toBe(200);
    expect(await client.refresh(first.refresh_token)).toMatchObject(INVALID);
    expect(await client.refresh(third.body['refresh_token'])).toMatchObject(INVALID);
    expect(await client.models(third.body['access_token'])).toBe(401);
    expect(await client.models(other.access_token)).toBe(200);
  });

  it('is refreshed once by 20 parallel requests, and its family is then revoked', async () => {
    const { refresh_token } = client.sandbox.issue();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.refresh(refresh_token)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(client.sandbox.requests).toMatchObject({
      [PATHS.token]: 20,
      [`${PATHS.token} refresh_token`]: 20,
    });
  });

  it('is refused when it is forged, altered or of the other kind', async () => {
    const { access_token, refresh_token } = client.sandbox.issue();
    expect(await client.refresh(access_token)).toMatchObject(INVALID);
    expect(await client.refresh(refresh_token.replace('.0.0.', '.1.0.'))).toMatchObject(INVALID);
    expect(await client.refresh('rt.....')).toMatchObject(INVALID);
    expect(await client.refresh(refresh_token, 'somebody')).toMatchObject(INVALID);
    expect(await client.models(refresh_token)).toBe(401);
    expect(await client.models(access_token.replace(/\.\d+\.(?=[^.]+$)/, '.9999999999999.'))).toBe(
      401,
    );
    expect(await client.models(access_token)).toBe(200);
    expect((await client.refresh(refresh_token)).status).toBe(200);
  });

  it.each(['access_token', 'refresh_token'] as const)(
    'is revoked with its family when the %s is revoked',
    async (kind) => {
      const tokens = client.sandbox.issue();
      const revoked = await client.post(PATHS.revoke, {
        token: tokens[kind],
        client_id: CLIENT_ID,
      });
      expect(revoked.status).toBe(200);
      expect(await client.models(tokens.access_token)).toBe(401);
      expect(await client.refresh(tokens.refresh_token)).toMatchObject(INVALID);
    },
  );

  it('that is unknown counts as revoked, but only for a known client', async () => {
    expect((await client.post(PATHS.revoke, { token: 'what', client_id: CLIENT_ID })).status).toBe(
      200,
    );
    expect((await client.post(PATHS.revoke, { token: 'what', client_id: 'somebody' })).status).toBe(
      401,
    );
    expect((await client.post(PATHS.revoke, { client_id: CLIENT_ID })).status).toBe(400);
  });
});
