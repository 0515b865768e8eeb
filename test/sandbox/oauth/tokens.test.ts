import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, PATHS, Wire } from '../../helpers/sandbox-client.ts';

let wire: Wire;
beforeEach(async () => {
  wire = await Wire.start();
});
afterEach(() => wire.sandbox.close());

describe('tokens', () => {
  const DEAD = {
    status: 400,
    body: {
      error: 'invalid_request',
      error_description: 'Invalid refresh token or client_id',
    },
  };

  it('come with Cache-Control: no-store', async () => {
    const { headers } = await wire.refresh(wire.sandbox.issue().refresh_token);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('expire after their time to live', async () => {
    const { access_token } = wire.sandbox.issue();
    wire.clock.advance(59_999);
    expect(await wire.models(access_token)).toBe(200);
    wire.clock.advance(1);
    expect(await wire.models(access_token)).toBe(401);
  });

  it('die with their whole family when an old refresh token comes back', async () => {
    const [first, bystander] = [wire.sandbox.issue(), wire.sandbox.issue()];
    const second = await wire.refresh(first.refresh_token);
    const third = await wire.refresh(second.body['refresh_token']);
    expect(third.status).toBe(200);
    expect(await wire.refresh(first.refresh_token)).toMatchObject(DEAD);
    expect(await wire.refresh(third.body['refresh_token'])).toMatchObject(DEAD);
    expect(await wire.models(third.body['access_token'])).toBe(401);
    expect(await wire.models(bystander.access_token)).toBe(200);
  });

  it('are refreshed exactly once by a crowd, and the family of the crowd dies', async () => {
    const { refresh_token } = wire.sandbox.issue();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => wire.refresh(refresh_token)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(wire.sandbox.requests).toMatchObject({
      [PATHS.token]: 20,
      [`${PATHS.token} refresh_token`]: 20,
    });
  });

  it('that are forged, altered or of the other kind are nobody’s', async () => {
    const { access_token, refresh_token } = wire.sandbox.issue();
    expect(await wire.refresh(access_token)).toMatchObject(DEAD);
    expect(await wire.refresh(refresh_token.replace('.0.0.', '.1.0.'))).toMatchObject(DEAD);
    expect(await wire.refresh('rt.....')).toMatchObject(DEAD);
    expect(await wire.refresh(refresh_token, 'somebody')).toMatchObject(DEAD);
    expect(await wire.models(refresh_token)).toBe(401);
    expect(await wire.models(access_token.replace(/\.\d+\.(?=[^.]+$)/, '.9999999999999.'))).toBe(
      401,
    );
    expect(await wire.models(access_token)).toBe(200);
    expect((await wire.refresh(refresh_token)).status).toBe(200);
  });

  it.each(['access_token', 'refresh_token'] as const)(
    'die with their family when the %s is revoked',
    async (kind) => {
      const tokens = wire.sandbox.issue();
      const revoked = await wire.post(PATHS.revoke, { token: tokens[kind], client_id: CLIENT_ID });
      expect(revoked.status).toBe(200);
      expect(await wire.models(tokens.access_token)).toBe(401);
      expect(await wire.refresh(tokens.refresh_token)).toMatchObject(DEAD);
    },
  );

  it('that are unknown are revoked without a word, and none without a client', async () => {
    expect((await wire.post(PATHS.revoke, { token: 'what', client_id: CLIENT_ID })).status).toBe(
      200,
    );
    expect((await wire.post(PATHS.revoke, { token: 'what', client_id: 'somebody' })).status).toBe(
      401,
    );
    expect((await wire.post(PATHS.revoke, { client_id: CLIENT_ID })).status).toBe(400);
  });
});
