import { expect, test } from 'vitest';
import { discover, parseIssuer, wellKnownUrls } from '../../../src/core/oauth/discovery.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';

/** An issuer that serves `documents` by path; `$` in them stands for its own URL. */
async function discovery(documents: Record<string, unknown>, path = '') {
  const asked: string[] = [];
  await using server = await loopback((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    const document = documents[url];
    response.statusCode = document === undefined ? 404 : 200;
    const body = typeof document === 'string' ? document : JSON.stringify(document ?? {});
    response.end(body.replaceAll('$', server.url));
  });
  const issuer = `${server.url}${path}`;
  const result = await discover({ issuer, send: createTransport() }).catch(
    (error: unknown) => error,
  );
  return { url: server.url, asked, result };
}

const metadata = {
  issuer: '$',
  device_authorization_endpoint: '$/device',
  token_endpoint: '$/token',
};
const oauth = '/.well-known/oauth-authorization-server';
const openid = '/.well-known/openid-configuration';

test('the well-known path is between host and path, or after the path', () => {
  expect(wellKnownUrls(new URL('https://example.com/tenant/1/'))).toEqual([
    'https://example.com/.well-known/oauth-authorization-server/tenant/1',
    'https://example.com/tenant/1/.well-known/openid-configuration',
    'https://example.com/.well-known/openid-configuration/tenant/1',
  ]);
  expect(wellKnownUrls(new URL('https://example.com'))).toHaveLength(2);
});

test('RFC 8414 metadata is used first', async () => {
  const { url, result, asked } = await discovery({ [oauth]: metadata });
  expect(asked).toEqual([oauth]);
  expect(result).toEqual({
    issuer: url,
    device_authorization_endpoint: `${url}/device`,
    token_endpoint: `${url}/token`,
  });
});

test('OpenID Connect metadata after the path of the issuer is found', async () => {
  const path = `/tenant${openid}`;
  const revocation_endpoint = '$/revoke';
  const documents = { [path]: { ...metadata, issuer: '$/tenant', revocation_endpoint } };
  const { url, result, asked } = await discovery(documents, '/tenant');
  expect(asked).toEqual([`${oauth}/tenant`, path]);
  expect(result).toMatchObject({ revocation_endpoint: `${url}/revoke` });
});

test('metadata is found although the first URL serves HTML', async () => {
  const { result } = await discovery({ [oauth]: '<html>', [openid]: metadata });
  expect(result).toMatchObject({ issuer: expect.any(String) });
});

test.each([
  ['no metadata at all', {}, 'no_metadata'],
  ['an issuer that lies', { [oauth]: { ...metadata, issuer: '$/other' } }, 'issuer_mismatch'],
  ['no issuer value', { [oauth]: { ...metadata, issuer: 'x' } }, 'issuer_mismatch'],
  ['no device flow', { [oauth]: { issuer: '$', token_endpoint: '$/t' } }, 'no_device_flow'],
  [
    'plain http elsewhere',
    { [oauth]: { ...metadata, token_endpoint: 'http://example.com/token' } },
    'unsafe_endpoint',
  ],
  [
    'an endpoint on another host',
    { [oauth]: { ...metadata, device_authorization_endpoint: 'https://example.com/device' } },
    'unsafe_endpoint',
  ],
  [
    'a revocation endpoint on another host',
    { [oauth]: { ...metadata, revocation_endpoint: 'https://example.com/revoke' } },
    'unsafe_endpoint',
  ],
])('discovery refuses %s', async (_, documents, code) => {
  const { result } = await discovery(documents);
  expect(result).toMatchObject({ kind: 'protocol', code });
});

test.each([
  'http://example.com',
  'example.com',
  'https://user@example.com',
  'https://example.com/?tenant=1',
  'https://example.com/#x',
  'ftp://example.com',
  '',
])('parseIssuer refuses %j', (issuer) => {
  expect(() => parseIssuer(issuer)).toThrow(
    expect.objectContaining({ kind: 'usage', code: 'invalid_issuer' }),
  );
});
