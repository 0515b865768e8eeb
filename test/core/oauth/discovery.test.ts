import { describe, expect, test } from 'vitest';
import type { QwenDemoError } from '../../../src/core/errors.ts';
import {
  discover,
  type DiscoveryRequest,
  parseIssuer,
  wellKnownUrls,
} from '../../../src/core/oauth/discovery.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';
import { metadata, USELESS } from './discovery.cases.ts';

/** What a server does instead of a 200 with a body. */
interface Odd {
  status?: number;
  hang?: boolean;
  drop?: boolean;
  cut?: boolean;
}

type Options = { path?: string } & Partial<DiscoveryRequest>;

/** An issuer that serves `documents` by path; `$` in them stands for its own URL. */
async function discovery(documents: Record<string, unknown>, { path = '', ...more }: Options = {}) {
  const asked: string[] = [];
  await using server = await loopback((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    const document = documents[url];
    const { status = 200, hang, drop, cut } = (document ?? { status: 404 }) as Odd;
    if (hang) return undefined;
    if (drop) return request.socket.destroy();
    if (cut) {
      response.writeHead(200, { 'content-length': 99 }).write('{');
      return setImmediate(() => request.socket.destroy());
    }
    const body = typeof document === 'string' ? document : JSON.stringify(document ?? {});
    response.writeHead(status, { location: 'https://sso.example.com/login' });
    return response.end(body.replaceAll('$', server.url));
  });
  const hangs = Object.values(documents).some((one) => (one as Odd | null)?.hang);
  const send = createTransport({ timeouts: { headers: hangs ? 100 : 10_000 } });
  const issuer = `${server.url}${path}`;
  const result = await discover({ issuer, send, ...more }).catch((error: unknown) => error);
  return { url: server.url, asked, result };
}

const oauth = '/.well-known/oauth-authorization-server';
const openid = '/.well-known/openid-configuration';

test('the places are those of RFC 8414 and OpenID Connect, before and after the path', () => {
  expect(wellKnownUrls(new URL('https://example.com/tenant/1/'))).toEqual([
    'https://example.com/.well-known/oauth-authorization-server/tenant/1',
    'https://example.com/tenant/1/.well-known/openid-configuration',
    'https://example.com/tenant/1/.well-known/oauth-authorization-server',
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
    scopes_supported: [],
    token_endpoint_auth_methods_supported: [],
  });
});

test.each([`${oauth}/tenant`, `/tenant${openid}`, `/tenant${oauth}`, `${openid}/tenant`])(
  'metadata at %s is found for an issuer with a path',
  async (place) => {
    const documents = { [place]: { ...metadata, issuer: '$/tenant' } };
    const { url, result } = await discovery(documents, { path: '/tenant' });
    expect(result).toMatchObject({ issuer: `${url}/tenant`, token_endpoint: `${url}/token` });
  },
);

describe.each(USELESS)('%s at one place', (_, useless, code, said) => {
  test('does not end discovery: the next place is asked', async () => {
    const { result, url } = await discovery({ [oauth]: useless, [openid]: metadata });
    expect(result).toMatchObject({ issuer: url, token_endpoint: `${url}/token` });
  });

  test('is what the error tells of each place when no other place has metadata', async () => {
    const { result, url } = await discovery({ [oauth]: useless, [openid]: useless });
    const { hint = '', ...error } = result as QwenDemoError;
    expect(error).toMatchObject({ code });
    const [first, second] = hint.split('\n');
    for (const [line, place] of [
      [first, oauth],
      [second, openid],
    ]) {
      expect(line).toMatch(new RegExp(`^${url}${place}: `));
      expect(line).toContain(said.replaceAll('$', url));
    }
    expect(hint).toContain('--device-endpoint URL --token-endpoint URL');
  });
});

test.each<[string, unknown, code: string, message: string]>([
  ['HTTP 503', { status: 503 }, 'server_error', 'failed at a place of its metadata (HTTP 503)'],
  ['HTTP 429', { status: 429 }, 'rate_limited', 'accepts no more requests'],
  [
    'HTTP 403',
    { status: 403 },
    'no_metadata',
    'refused to show its metadata at a place (HTTP 403)',
  ],
  ['a time-out', { hang: true }, 'headers_timeout', 'did not begin to answer'],
  ['a dropped connection', { drop: true }, 'connection_reset', 'closed the connection'],
  ['a redirect', { status: 302 }, 'redirect_refused', 'redirect (302) to sso.example.com'],
])('%s at one place and a 404 at the other are reported as the former', async (...row) => {
  const [, failure, code, message] = row;
  for (const place of [oauth, openid]) {
    const { result } = await discovery({ [place]: failure });
    expect(result).toMatchObject({ code, message: expect.stringContaining(message) });
  }
});

test.each([
  ['before', oauth, openid],
  ['behind', openid, oauth],
])('HTTP 503 %s a dropped connection is a failure that can pass', async (_, failing, dropping) => {
  const { result } = await discovery({ [failing]: { status: 503 }, [dropping]: { drop: true } });
  expect(result).toMatchObject({
    code: 'server_error',
    hint: expect.stringMatching(/^Try again/m),
  });
});

test('a server that cannot be reached is a network error at the first place', async () => {
  const unused = await loopback(() => {});
  await unused[Symbol.asyncDispose]();
  const result = discover({ issuer: unused.url, send: createTransport() });
  await expect(result).rejects.toMatchObject({ kind: 'network', code: 'connection_refused' });
});

test('the error says how to trust the host of an endpoint, and doing so is enough', async () => {
  const token_endpoint = 'https://tokens.example:8443/token';
  const documents = { [oauth]: { ...metadata, token_endpoint } };
  const { result } = await discovery(documents);
  const { hint = '' } = result as QwenDemoError;
  expect(hint).toContain('--trust-host tokens.example:8443\n');
  for (const trusted of ['tokens.example:8443', 'tokens.example']) {
    const found = await discovery(documents, { trust_host: ['other.example', trusted] });
    expect(found.result).toMatchObject({ token_endpoint });
  }
  for (const trusted of ['example', 'tokens.example:443', 'evil-tokens.example']) {
    const found = await discovery(documents, { trust_host: [trusted] });
    expect(found.result).toMatchObject({ code: 'unsafe_endpoint' });
  }
});

test('the error names the issuer of the metadata as a flag, unless a shell would read it', async () => {
  const hintFor = async (issuer: string) => {
    const { result } = await discovery({ [oauth]: { ...metadata, issuer } });
    return (result as QwenDemoError).hint ?? '';
  };
  const tenant = 'https://login.microsoftonline.com/4d7e-11/v2.0';
  expect(await hintFor(tenant)).toContain(`\nIf you mean that one: --issuer ${tenant}\n`);
  expect(await hintFor('https://a.example/$(id)')).not.toContain('--issuer https');
});

test('no flag makes discovery accept an endpoint without https on another machine', async () => {
  const documents = { [oauth]: { ...metadata, token_endpoint: 'http://tokens.example/token' } };
  const { result } = await discovery(documents, { trust_host: ['tokens.example'] });
  expect(result).toMatchObject({ code: 'unsafe_endpoint' });
});

test.each<[string, unknown]>([
  ['null', null],
  ['a number', 5],
  ['a list', ['https://example.com/revoke']],
  ['on another host', 'https://example.com/revoke'],
  ['no URL', 'revoke'],
])('a revocation endpoint that is %s counts as absent', async (_, revocation_endpoint) => {
  const { result } = await discovery({ [oauth]: { ...metadata, revocation_endpoint } });
  expect(result).toMatchObject({ token_endpoint: expect.any(String) });
  expect(result).not.toHaveProperty('revocation_endpoint');
});

test.each<[unknown, string[]]>([
  [
    ['openid', 5, null, 'offline_access'],
    ['openid', 'offline_access'],
  ],
  ['openid offline_access', ['openid', 'offline_access']],
  [null, []],
  [{ openid: true }, []],
])('scopes_supported %j lists %j', async (scopes_supported, expected) => {
  const { result } = await discovery({ [oauth]: { ...metadata, scopes_supported } });
  expect(result).toMatchObject({ scopes_supported: expected });
});

test('an OpenID provider that lists no scopes has the scope openid', async () => {
  const { result } = await discovery({ [openid]: metadata });
  expect(result).toMatchObject({ scopes_supported: ['openid'] });
});

test.each([
  ['/', '$'],
  ['', '$/'],
  ['/tenant/', '$/tenant'],
  ['/tenant', '$/tenant/'],
  ['/common/v2.0', '$/{tenantid}/v2.0'],
  ['/organizations/v2.0', '$/{tenantid}/v2.0'],
])('the issuer URL%s is that of the metadata %s', async (path, issuer) => {
  const place = `${path.replace(/\/$/, '')}${openid}`;
  const { result } = await discovery({ [place]: { ...metadata, issuer } }, { path });
  expect(result).toMatchObject({ token_endpoint: expect.any(String) });
  expect((result as { issuer: string }).issuer).not.toContain('{');
});

test.each([
  ['/tenant', '$/Tenant'],
  ['/tenant', '$'],
  ['/a/b', '$/{tenantid}'],
  ['/common/v2.0', '$/{other}/v2.0'],
  ['', 'https://{tenantid}'],
])('the issuer URL%s is not that of the metadata %s', async (path, issuer) => {
  const { result } = await discovery({ [`${path}${openid}`]: { ...metadata, issuer } }, { path });
  expect(result).toMatchObject({ code: 'issuer_mismatch' });
});

test('an endpoint that the user names is used, and metadata need not have it', async () => {
  const named = { device_authorization_endpoint: 'https://other.example/device' };
  const documents = { [oauth]: { issuer: '$', token_endpoint: '$/token' } };
  const { url, result } = await discovery(documents, named);
  expect(result).toMatchObject({ ...named, token_endpoint: `${url}/token` });
});

test.each([
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
