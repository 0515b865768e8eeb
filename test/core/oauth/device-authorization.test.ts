import { expect, test } from 'vitest';
import {
  parseDeviceAuthorization,
  requestDeviceAuthorization,
} from '../../../src/core/oauth/device-authorization.ts';
import { DEVICE, scriptedIssuer } from '../../helpers/scripted-issuer.ts';

const parse = (json: unknown, status = 200) =>
  parseDeviceAuthorization({ host: 'issuer.example', status, body: JSON.stringify(json) });

test.each([1e308, '1e308', 99_999_999_999, '99999999999999999999'])(
  'a code that lasts %j s ends within a day',
  (expires_in) => {
    const parsed = parse({ ...DEVICE, expires_in }).expires_in;
    expect(parsed).toBe(expires_in === '1e308' ? 900 : 86_400);
  },
);

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
  'javascript:1',
  'javascript:443/x',
  'tel:123',
  'file:///etc/passwd',
  'https://chat.qwen.ai@evil.example/',
  'http://127.0.0.1.evil.example/',
  '/authorize',
])('a verification_uri that is not https is refused: %s', (uri) => {
  expect(() => parse({ ...DEVICE, verification_uri: uri })).toThrow(/not https/);
});

test.each([
  'http://chat.qwen.ai/x',
  'javascript:alert(1)',
  'https://a@evil.example/',
  '/x',
  '',
  7,
  null,
])(
  'a verification_uri_complete that cannot be used counts as absent: %j',
  (verification_uri_complete) => {
    expect(parse({ ...DEVICE, verification_uri_complete })).not.toHaveProperty(
      'verification_uri_complete',
    );
  },
);

test('a page without a scheme is https, and verification_url is a name for it', () => {
  const { verification_uri: _, ...bare } = DEVICE;
  expect(parse({ ...bare, verification_uri: 'issuer.example/device' }).verification_uri).toBe(
    'https://issuer.example/device',
  );
  expect(
    parse({ ...bare, verification_url: 'https://www.google.com/device' }).verification_uri,
  ).toBe('https://www.google.com/device');
});

test('a form counts as JSON, and so does JSON after a byte order mark', () => {
  const form = {
    host: 'github.com',
    status: 200,
    content_type: 'application/x-www-form-urlencoded',
  };
  const body =
    'device_code=d3&expires_in=899&interval=5&user_code=AB-12&verification_uri=https%3A%2F%2Fgithub.com%2Flogin%2Fdevice';
  expect(parseDeviceAuthorization({ ...form, body })).toEqual({
    device_code: 'd3',
    user_code: 'AB-12',
    verification_uri: 'https://github.com/login/device',
    expires_in: 899,
    interval: 5,
  });
});

test.each([undefined, null, 0, -5, 'soon', {}, [900]])(
  'an expires_in of %j counts as absent, which is 15 minutes',
  (expires_in) => {
    expect(parse({ ...DEVICE, expires_in }).expires_in).toBe(900);
  },
);

test('a user_code that is a number is its digits', () => {
  expect(parse({ ...DEVICE, user_code: 12345678 }).user_code).toBe('12345678');
});

test.each(['http://localhost:8080/device', 'http://127.0.0.1/d', 'http://[::1]:1/d'])(
  'a verification_uri on loopback may be http: %s',
  (uri) => {
    expect(parse({ ...DEVICE, verification_uri: uri }).verification_uri).toBe(uri);
  },
);

test.each(['', 'A'.repeat(65), 'AB\u001b[2J', 'AB\u202eCD', 'A\nB', true, null])(
  'a user_code that is empty, too long or not printable is refused: %j',
  (user_code) => {
    expect(() => parse({ ...DEVICE, user_code })).toThrow(/without the fields of OAuth 2.0/);
  },
);

test.each([{ verification_uri: '' }, { user_code: {} }, { device_code: '' }])(
  'a response without a required field is refused: %j',
  (change) => {
    expect(() => parse({ ...DEVICE, ...change })).toThrow(/without the fields of OAuth 2.0/);
  },
);

test.each([
  ['Qwen', true, '2026-04-15'],
  ['another issuer', false, 'Check --issuer'],
])('a web page of %s is reported with advice for that issuer', (_, of_qwen, advice) => {
  const host = 'issuer.example';
  const answer = { host, of_qwen, status: 200, body: '\n<!doctype html>' };
  expect(() => parseDeviceAuthorization(answer)).toThrow(
    expect.objectContaining({
      kind: 'protocol',
      code: 'html_answer',
      message: `${host} sent a web page instead of JSON (HTTP 200)`,
      hint: expect.stringContaining(advice),
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
