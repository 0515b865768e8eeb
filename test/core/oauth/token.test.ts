import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QwenDemoError } from '../../../src/core/errors.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { revokeToken } from '../../../src/core/oauth/revocation.ts';
import { parseTokenResponse } from '../../../src/core/oauth/token.ts';
import { realClock } from '../../helpers/real-world.ts';
import { type Scripted, scriptedIssuer, TOKEN } from '../../helpers/scripted-issuer.ts';

const parse = (json: unknown, status = 200) =>
  parseTokenResponse({ host: 'issuer.example', status, body: JSON.stringify(json) });

async function refresh(answer: Scripted) {
  await using world = await scriptedIssuer(answer);
  const token = await refreshGrant({ ...world, refresh_token: 'refresh/old+1' }).catch(
    (error: unknown) => error,
  );
  return { token, received: world.received };
}

test('a token response loses unknown, null and empty fields', () => {
  const token = { access_token: 'a', refresh_token: null, resource_url: '', id_token: 'x' };
  expect(parse(token)).toEqual({ outcome: 'granted', token: { access_token: 'a' } });
});

test.each([
  { error: 'AUTHORIZATION_PENDING' },
  { error: 'Bad Request', message: 'authorization_pending' },
  { error: 'Bad Request', code: 'authorization_pending', message: 'not yet' },
])('%j is pending', (json) => {
  expect(parse(json, 400)).toEqual({ outcome: 'pending' });
});

test('expires_in may be a string of digits, is limited to a year, and counts as absent otherwise', () => {
  const life = (expires_in: unknown) => {
    const answer = parse({ access_token: 'a', expires_in });
    return answer.outcome === 'granted' ? answer.token.expires_in : undefined;
  };
  expect(life(3600)).toBe(3600);
  expect(life(' 3600 ')).toBe(3600);
  expect(life(3599.7)).toBe(3599.7);
  expect(life('3599.75')).toBe(3599.75);
  expect(life(1e300)).toBe(366 * 24 * 3600);
  const odd = [null, 0, -1, 'never', '', {}, [3600], true, '0x10', '1e3', '1.e3'];
  for (const value of odd) expect(life(value), `${value}`).toBeUndefined();
});

test('a token that no header can hold is refused', () => {
  for (const access_token of ['a b', 'a\r\nx: y', 'ä', '']) {
    expect(() => parse({ access_token })).toThrow(/without the fields of OAuth 2.0/);
  }
});

test('a token of another type than Bearer is refused (RFC 6749 §7.1)', () => {
  for (const token_type of ['mac', ' DPoP', 'PoP']) {
    expect(() => parse({ access_token: 'a', token_type })).toThrow(
      expect.objectContaining({
        code: 'unsupported_token_type',
        message: expect.stringContaining('type other than Bearer'),
        hint: expect.stringContaining('bearer tokens'),
      }),
    );
  }
});

test.each([199, 300])('a token in a response with the status %d is none', (status) => {
  expect(() => parse({ access_token: 'a', refresh_token: 'r' }, status)).toThrow(/issuer.example/);
});

test('an error counts at 200 and before pending, and a token of a success before an error', () => {
  const json = { error: 'invalid_grant', status: 'pending' };
  const refused = { outcome: 'refused', response: { error: 'invalid_grant' } };
  expect(parse(json)).toEqual(refused);
  expect(parse({ ...json, access_token: 'a' }).outcome).toBe('granted');
  expect(parse({ ...json, access_token: 'a' }, 400)).toEqual(refused);
  expect(parse({ status: 'pending' })).toEqual({ outcome: 'pending' });
  expect(parse({ error: 'slow_down' }, 429)).toEqual({ outcome: 'slow_down' });
});

test.each(['bearer', 'BEARER', 'BearerToken', 'Bearer ', 'x-mac'])(
  'a token_type of %j is Bearer',
  (token_type) => {
    const token = { access_token: 'a', token_type };
    expect(parse(token)).toEqual({ outcome: 'granted', token });
  },
);

test.each([
  { token_type: null },
  { token_type: '' },
  { token_type: 7 },
  { token_type: ['DPoP'] },
  { scope: ['a', 'b'] },
  { resource_url: 7 },
  { resource_url: { url: 'x' } },
  { refresh_token: false },
  { id_token: {} },
])('a field of an odd type counts as absent: %j', (odd) => {
  expect(parse({ access_token: 'a', ...odd })).toEqual({
    outcome: 'granted',
    token: { access_token: 'a' },
  });
});

test('a token response may be a form', () => {
  const body = 'access_token=gho_1&scope=repo%2Cuser&token_type=bearer';
  expect(parseTokenResponse({ host: 'github.com', status: 200, body })).toEqual({
    outcome: 'granted',
    token: { access_token: 'gho_1', token_type: 'bearer' },
  });
});

test.each([
  [{ access_token: 'a', token_type: 'DPoP' }, 'unsupported_token_type'],
  [{ access_token: null, error: 'invalid_grant' }, 'invalid_grant'],
  [{ access_token: 'a', token_type: 'DPoP', error: 'server_error' }, 'unsupported_token_type'],
  [{}, 'malformed_answer'],
])('the new refresh token of a response that cannot be used is delivered: %j', (json, code) => {
  const refresh_token = 'rotated';
  const result = parse({ ...json, refresh_token });
  expect(result).toMatchObject({ outcome: 'unusable', response: { refresh_token } });
  const { response } = result as { response: { error: Error } };
  expect(response.error).toMatchObject({ code });
  expect(response.error.message).not.toContain(refresh_token);
});

test('every response is parsed or becomes a QwenDemoError', () => {
  const body = fc.oneof(fc.json(), fc.string(), fc.constant('<html>'));
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, (status, body) => {
      try {
        const { outcome } = parseTokenResponse({ host: 'issuer.example', status, body });
        return ['granted', 'unusable', 'pending', 'slow_down', 'failed', 'refused'].includes(
          outcome,
        );
      } catch (error) {
        return error instanceof QwenDemoError;
      }
    }),
  );
});

test('a refresh request is byte for byte that of Qwen Code', async () => {
  const { token, received } = await refresh({ json: TOKEN });
  expect(token).toEqual(TOKEN);
  expect(received).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/oauth2/token',
      body: 'grant_type=refresh_token&refresh_token=refresh%2Fold%2B1&client_id=client',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
    },
  ]);
});

test.each([
  { error: 'invalid_grant' },
  { error: 'invalid_request', error_description: 'Invalid refresh token or client_id' },
])('a response means that the refresh token is rejected: %j', async (json) => {
  const { token } = await refresh({ status: 400, json });
  expect(token).toMatchObject({ kind: 'auth', code: 'refresh_token_rejected' });
});

test('another invalid_request does not mean that the refresh token is rejected', async () => {
  const json = { error: 'invalid_request', error_description: 'scope refresh/old+1 is missing' };
  const { token } = await refresh({ status: 400, json });
  expect(token).toMatchObject({ kind: 'auth', code: 'invalid_request' });
  expect((token as Error).message).not.toContain('refresh/old+1');
});

test.each([
  [{ drop: true }, 'network'],
  [{ html: '<html>' }, 'protocol'],
  [{ status: 502, html: '<html>' }, 'api'],
  [{ json: { status: 'pending' } }, 'protocol'],
])('a refresh that fails is not sent again: %j', async (answer, kind) => {
  const { token, received } = await refresh(answer);
  expect(token).toMatchObject({ kind });
  expect(received).toHaveLength(1);
});

test('a refresh without a response ends after ten timers of 1 s', async () => {
  await using world = await scriptedIssuer({ silent: true });
  const limits: number[] = [];
  const timeout = (ms: number) => {
    limits.push(ms);
    return AbortSignal.timeout(2);
  };
  const late = refreshGrant({ ...world, clock: { ...realClock, timeout }, refresh_token: 'r' });
  await expect(late).rejects.toMatchObject({
    kind: 'network',
    code: 'timeout',
    hint: expect.stringContaining('sign in again'),
  });
  expect(limits).toEqual(Array.from({ length: 10 }, () => 1000));
});

test('a revocation names the token and its kind (RFC 7009 §2.1)', async () => {
  await using world = await scriptedIssuer({ html: '' }, { status: 503, html: '' });
  const revocation = {
    ...world,
    revocation_endpoint: `${world.url}/revoke`,
    token: 'r 1',
    token_type_hint: 'refresh_token',
  } as const;
  await revokeToken(revocation);
  expect(world.received).toMatchObject([
    { path: '/revoke', body: 'token=r%201&token_type_hint=refresh_token&client_id=client' },
  ]);
  await expect(revokeToken(revocation)).rejects.toMatchObject({ code: 'server_error' });
});
