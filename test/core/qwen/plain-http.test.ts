import { describe, expect, test } from 'vitest';
import { discover, parseIssuer, parseMetadata } from '../../../src/core/oauth/discovery.ts';
import { parseDeviceAuthorization } from '../../../src/core/oauth/device-authorization.ts';
import { parseEndpoint, resolveEndpoint } from '../../../src/core/qwen/endpoint.ts';
import { serverForRefresh } from '../../../src/core/credentials/authorization-server.ts';
import { type Said, settingsFor } from '../../helpers/settings.ts';

/** Hosts on this machine or in its own network, and the form that a URL gives them. */
const LOCAL = `
  127.0.0.1 localhost [::1] 0.0.0.0 [::] 10.0.0.1 10.255.255.255 172.16.0.1 172.20.0.1 172.31.255.254
  192.168.1.20 169.254.10.1 100.64.0.1 100.70.0.1 100.115.0.1 100.127.255.254 [fd00::1] [fc12:3456::1] [fdff::] [fe80::1]
  [febf::1] ollama my_service vllm-0 gpu.local a.b.local pi.lan nas.home.arpa api.internal
  host.docker.internal gateway.docker.internal gpu.local. a.localhost
`
  .trim()
  .split(/\s+/)
  .map((host) => [host, host] as const);

/** Other spellings of such hosts: the URL parser resolves them before anything is judged. */
const SPELLED: readonly (readonly [written: string, host: string])[] = [
  ['OLLAMA', 'ollama'],
  ['Gpu.LOCAL', 'gpu.local'],
  ['2130706433', '127.0.0.1'],
  ['0x0a000001', '10.0.0.1'],
  ['010.0.0.1', '8.0.0.1'],
  ['192.168.257', '192.168.1.1'],
  ['127.1', '127.0.0.1'],
  ['[::ffff:192.168.1.1]', '[::ffff:c0a8:101]'],
  ['[::ffff:7f00:1]', '[::ffff:7f00:1]'],
  ['[FD00:0:0::1]', '[fd00::1]'],
  ['\uff11\uff10.0.0.1', '10.0.0.1'],
];

/** Hosts elsewhere, some of which look local. */
const FAR = `
  example.com api.example.com 8.8.8.8 8.10.0.1 80.0.0.0 11.0.0.1 9.255.255.255 172.15.0.1 172.32.0.1 192.169.0.1
  169.253.0.1 100.63.255.255 100.128.0.1 1.1 134744072 [2001:db8::1] [fbff::1] [fe7f::1] [fec0::1]
  [fc::1] [fd::1] [::2] [::ffff:8.8.8.8] [64:ff9b::10.0.0.1] 10.0.0.1.example.com
  localhost.example.com evil-local.com local.com mylan.com lan.com notlocal.xlocal
  host.docker.internal.example ollama. 10.in-addr.arpa
`
  .trim()
  .split(/\s+/);

describe('a base URL that the user names', () => {
  test.each([...LOCAL, ...SPELLED.filter(([written]) => written !== '010.0.0.1')])(
    'may be plain http at %s',
    (written, host) => {
      const url = `http://${host}:8080/v1`;
      expect(parseEndpoint(`http://${written}:8080/v1`, '--base-url')).toBe(url);
      expect(parseEndpoint(`${written}:8080/v1`, '--base-url')).toBe(url);
      expect(parseEndpoint(`https://${written}:8080/v1`, '--base-url')).toBe(
        `https${url.slice(4)}`,
      );
      expect(parseEndpoint(`${written}:443/v1`, '--base-url')).toBe(`https://${host}/v1`);
    },
  );

  test.each([...FAR, '010.0.0.1'])(
    'may be plain http at %s only where the user says so',
    (host) => {
      const url = `http://${host}:8080/v1`;
      const { hostname } = new URL(url);
      expect(() => parseEndpoint(url, '--base-url')).toThrow(
        expect.objectContaining({
          kind: 'usage',
          code: 'plain_http',
          message: `--base-url names plain http for ${hostname}:8080, where others can read what is sent`,
          hint: `Write https://${hostname}:8080. If the server has no https, add --allow-http or set QWEN_DEMO_ALLOW_HTTP=1`,
        }),
      );
      expect(parseEndpoint(url, '--base-url', true)).toBe(`http://${hostname}:8080/v1`);
      expect(parseEndpoint(`${host}:8080/v1`, '--base-url', true)).toBe(
        `https://${hostname}:8080/v1`,
      );
    },
  );

  test.each([
    ['127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['ollama:11434', 'http://ollama:11434/v1'],
    ['localhost:8000/v1', 'http://localhost:8000/v1'],
    ['localhost', 'http://localhost/v1'],
    ['[::1]:8000', 'http://[::1]:8000/v1'],
    ['api.example.com/v1', 'https://api.example.com/v1'],
  ])('%s without a scheme is %s', (written, url) => {
    expect(parseEndpoint(written, '--base-url')).toBe(url);
  });

  test.each([
    'http://user@10.0.0.1/v1',
    'http://10.0.0.1@example.com/v1',
    'http://example.com#@10.0.0.1/v1',
    'http://example.com\\@10.0.0.1/v1',
    'http://[fe80::1%25eth0]/v1',
    'http://[fe80::1%eth0]/v1',
    'http://10%2e0.0.1/v1',
    'http://10.0.0.256/v1',
    'http:10.0.0.1/v1',
    'http://http://10.0.0.1/v1',
    'user@ollama:11434',
    'ftp://ollama',
  ])('is refused as %s, also with --allow-http', (url) => {
    for (const allow_http of [false, true]) {
      expect(() => parseEndpoint(url, '--base-url', allow_http)).toThrow(
        expect.objectContaining({ code: 'invalid_base_url' }),
      );
    }
  });
});

describe('--allow-http', () => {
  const url = 'http://api.example.com/v1';
  const profile = { allow_http: true };
  const both = (one: Said, other: Said) => ({
    flags: { ...one.flags, ...other.flags },
    env: { ...one.env, ...other.env },
    profile: { ...one.profile, ...other.profile },
  });

  test.each<[string, Said]>([
    ['a flag', { flags: { allowHttp: true } }],
    ['a variable', { env: { QWEN_DEMO_ALLOW_HTTP: '1' } }],
    ['a profile', { profile }],
  ])('by %s lets every layer name plain http', (_, allowed) => {
    const layers: Said[] = [
      { flags: { baseUrl: url } },
      { env: { OPENAI_BASE_URL: url } },
      { profile: { base_url: url } },
    ];
    for (const named of layers) {
      expect(() => settingsFor(named)).toThrow(/plain http/);
      expect(settingsFor(both(named, allowed)).auth).toMatchObject({ endpoint: { value: url } });
    }
  });

  test('that is false in a variable wins over a profile', () => {
    const given = { env: { QWEN_DEMO_ALLOW_HTTP: 'false', OPENAI_BASE_URL: url }, profile };
    expect(() => settingsFor(given)).toThrow(/plain http/);
  });
});

test.each(['http://192.168.1.1/v1', 'http://ollama:11434', 'http://gpu.local', 'http://[fd00::1]'])(
  'a resource_url that a server names is never plain http off loopback: %s',
  (resource_url) => {
    for (const trust of ['qwen', 'any'] as const) {
      expect(() => resolveEndpoint(resource_url, trust)).toThrow(
        expect.objectContaining({ kind: 'protocol', code: 'invalid_resource_url' }),
      );
    }
    expect(resolveEndpoint('ollama:11434', 'any')).toBe('https://ollama:11434/v1');
  },
);

describe('an issuer', () => {
  test.each(LOCAL)('that the user names may be plain http at %s', (_, host) => {
    expect(parseIssuer(`http://${host}:8080/realms/x`).href).toBe(`http://${host}:8080/realms/x`);
  });

  test.each(FAR)('may be plain http at %s only with --allow-http', (host) => {
    expect(() => parseIssuer(`http://${host}/`, { source: '--issuer' })).toThrow(
      expect.objectContaining({ code: 'plain_http', message: expect.stringMatching(/^--issuer /) }),
    );
    expect(parseIssuer(`http://${host}/`, { allow_http: true }).protocol).toBe('http:');
  });

  const metadata = (issuer: string, endpoint: string) => ({
    status: 200,
    body: JSON.stringify({
      issuer,
      device_authorization_endpoint: endpoint,
      token_endpoint: endpoint,
    }),
  });

  test.each([
    ['http://keycloak:8080', 'http://keycloak:8080/token', true],
    ['http://keycloak:8080', 'https://keycloak:8080/token', true],
    ['http://keycloak:8080', 'http://keycloak:9090/token', false],
    ['http://keycloak:8080', 'http://other:8080/token', false],
    ['https://login.lan', 'http://login.lan/token', false],
    ['https://login.lan', 'http://10.0.0.1/token', false],
  ])('%s with an endpoint at %s is used: %s', (issuer, endpoint, used) => {
    const found = parseMetadata(metadata(issuer, endpoint), new URL(issuer));
    expect('token_endpoint' in found).toBe(used);
    const trusting = { trust_host: ['other', 'keycloak:9090', 'login.lan', '10.0.0.1'] };
    expect(
      'token_endpoint' in parseMetadata(metadata(issuer, endpoint), new URL(issuer), trusting),
    ).toBe(used);
  });

  test('that was allowed for a stored login is asked again without --allow-http', async () => {
    const asked: string[] = [];
    const issuer = 'http://login.example.com';
    const send = async ({ url }: { url: string }) => {
      asked.push(url);
      const { body } = metadata(issuer, `${issuer}/token`);
      return { status: 200, headers: {}, host: 'login.example.com', body: [Buffer.from(body)] };
    };
    const login = { access_token: 'a', issuer } as never;
    expect(await serverForRefresh(login, undefined, { send: send as never })).toMatchObject({
      token_endpoint: `${issuer}/token`,
    });
    expect(asked).toHaveLength(1);
    await expect(discover({ issuer, send: send as never })).rejects.toMatchObject({
      code: 'plain_http',
    });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['http://keycloak:8080/device', true],
    ['http://keycloak:8081/device', false],
    ['http://other.lan/device', false],
    ['https://anywhere.example/device', true],
  ])('at http://keycloak:8080 may have its sign-in page at %s: %s', (verification_uri, allowed) => {
    const body = JSON.stringify({ device_code: 'd', user_code: 'u', verification_uri });
    const parse = (endpoint?: string) =>
      parseDeviceAuthorization({ host: 'keycloak:8080', status: 200, body }, [], endpoint);
    if (allowed) {
      expect(parse('http://keycloak:8080/auth').verification_uri).toBe(verification_uri);
    } else {
      expect(() => parse('http://keycloak:8080/auth')).toThrow(/not https/);
    }
    if (verification_uri.startsWith('http:')) expect(() => parse()).toThrow(/not https/);
  });
});
