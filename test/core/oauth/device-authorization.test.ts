import { expect, test } from 'vitest';
import {
  parseDeviceAuthorization,
  requestDeviceAuthorization,
} from '../../../src/core/oauth/device-authorization.ts';
import { DEVICE, scriptedIssuer } from '../../helpers/scripted-issuer.ts';

const parse = (json: unknown, status = 200) =>
  parseDeviceAuthorization({ host: 'issuer.example', status, body: JSON.stringify(json) });

test('expires_in becomes a point in time', async () => {
  await using world = await scriptedIssuer({ json: DEVICE });
  const device = await requestDeviceAuthorization(world);
  expect(device.expires_at).toBe(world.clock.now() + 900_000);
});

test('resource indicators are repeated (RFC 8707 §2)', async () => {
  await using world = await scriptedIssuer({ json: DEVICE });
  await requestDeviceAuthorization({ ...world, resource: ['https://a.example', 'urn:b'] });
  expect(world.received[0]!.body).toContain('&resource=https%3A%2F%2Fa.example&resource=urn%3Ab');
});

test('verification_uri_complete and interval may be missing or null', () => {
  const { verification_uri_complete: _, ...bare } = DEVICE;
  expect(parse(bare)).not.toHaveProperty('verification_uri_complete');
  expect(parse({ ...bare, verification_uri_complete: null, interval: null }).interval).toBe(5);
});

test.each([
  'http://chat.qwen.ai/authorize',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'https://chat.qwen.ai@evil.example/',
  'http://127.0.0.1.evil.example/',
  '/authorize',
  '',
])('a verification_uri that is not https is refused: %s', (uri) => {
  expect(() => parse({ ...DEVICE, verification_uri: uri })).toThrow(/not https/);
  expect(() => parse({ ...DEVICE, verification_uri_complete: uri || 'x' })).toThrow(/not https/);
});

test.each(['http://localhost:8080/device', 'http://127.0.0.1/d', 'http://[::1]:1/d'])(
  'a verification_uri on loopback may be http: %s',
  (uri) => {
    expect(parse({ ...DEVICE, verification_uri: uri }).verification_uri).toBe(uri);
  },
);

test.each(['', 'A'.repeat(65), 'AB\u001b[2J', 'AB\u202eCD', 'A\nB', 7, null])(
  'a user_code that is empty, too long or not printable is refused: %j',
  (user_code) => {
    expect(() => parse({ ...DEVICE, user_code })).toThrow(/does not define/);
  },
);

test.each([{ expires_in: undefined }, { expires_in: 'soon' }, { device_code: '' }])(
  'a response with a missing or invalid field is refused: %j',
  (change) => {
    expect(() => parse({ ...DEVICE, ...change })).toThrow(/does not define/);
  },
);

test('an HTML response is reported as a web page, with a hint', () => {
  const answer = { host: 'issuer.example', status: 200, body: '\n<!doctype html>' };
  expect(() => parseDeviceAuthorization(answer)).toThrow(
    expect.objectContaining({
      kind: 'protocol',
      code: 'html_answer',
      message: 'issuer.example sent a web page instead of JSON (HTTP 200)',
      hint: expect.stringContaining('2026-04-15'),
    }),
  );
});

test.each([
  [400, { error: 'invalid_client' }, 'auth', 'invalid_client'],
  [401, { error: 'something_new', error_description: 7 }, 'auth', 'oauth_error'],
  [429, {}, 'quota', 'rate_limited'],
  [502, {}, 'api', 'server_error'],
  [404, {}, 'protocol', 'malformed_answer'],
])('a response of %i %j is an error of kind %s', (status, json, kind, code) => {
  expect(() => parse(json, status)).toThrow(expect.objectContaining({ kind, code, status }));
});
