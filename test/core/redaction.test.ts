import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact, REDACTED, redactHeaders } from '../../src/core/redaction.ts';

test.each([
  'Authorization: Bearer abc.def-123',
  '{"access_token":"abc123","token_type":"Bearer"}',
  'grant_type=x&refresh_token=abc123&client_id=y',
  "device_code = 'abc123'",
  'code_verifier=abc123',
  'the key sk-abc1234567890 was refused',
  'cannot reach https://user:abc123@login.example.com/x',
  'socks5://abc123@proxy.example.com:1080',
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMxMjMifQ.abc123',
])('redact removes the secret of %j', (text) => {
  const redacted = redact(text);
  expect(redacted).toContain(REDACTED);
  expect(redacted).not.toMatch(/abc|eyJ/);
});

test('redact keeps ordinary words', () => {
  const prose = 'Bearer token expired; Bearer authentication is needed';
  expect(redact(prose)).toBe(prose);
  const text = 'Free allocated quota exceeded. See https://example.com/docs?topic=tokens';
  expect(redact(text)).toBe(text);
});

test('redact removes a known secret whatever it looks like', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(!REDACTED.includes(secret) && !`${before}${after}`.includes(secret));
      return !redact(before + secret + after, [secret])
        .split(REDACTED)
        .includes(secret);
    }),
  );
});

test('secret headers are redacted by their names', () => {
  expect(
    redactHeaders({ authorization: 'Bearer x', 'x-api-key': 'y', cookie: 'z', accept: '*/*' }),
  ).toEqual({
    authorization: REDACTED,
    'x-api-key': REDACTED,
    cookie: REDACTED,
    accept: '*/*',
  });
});
