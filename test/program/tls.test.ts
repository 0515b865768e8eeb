import { afterAll, expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { OK, socks } from '../helpers/socks-proxy.ts';
import { createCertificate, listen, tunnelTo } from '../helpers/tls.ts';

/** A name that only a proxy resolves. It is not loopback, so that requests to it use the proxy. */
const FAR = 'api.example.invalid';
const KEY = 'sk-far-1234567890';

const certificate = createCertificate(FAR);
afterAll(() => certificate[Symbol.dispose]());

/** An API over TLS; `authorized` are the credentials of its requests. */
function api(authorized: (string | undefined)[]) {
  return listen((request, response) => {
    authorized.push(request.headers.authorization);
    request.resume();
    const message = { role: 'assistant', content: `from ${request.headers.host}` };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
  }, certificate);
}

const far = { OPENAI_BASE_URL: `https://${FAR}/v1`, OPENAI_API_KEY: KEY };
const chat = ['chat', '-p', 'hi', '--max-retries', '0'];

test.each(['http', 'https'] as const)(
  'chat reaches an https host through a tunnel of an %s:// proxy',
  async (scheme) => {
    const [asked, authorized]: [string[], string[]] = [[], []];
    await using server = await api(authorized);
    await using proxy = await tunnelTo(
      server.port,
      asked,
      scheme === 'https' ? certificate : undefined,
    );
    await using home = await createHome({
      ...far,
      HTTPS_PROXY: `${scheme}://127.0.0.1:${proxy.port}`,
      NODE_EXTRA_CA_CERTS: certificate.path,
    });
    expect(await home.run(chat)).toEqual({ code: 0, stdout: `from ${FAR}\n`, stderr: '' });
    expect(asked).toEqual([`${FAR}:443`]);
    expect(authorized).toEqual([`Bearer ${KEY}`]);
  },
);

test('chat reaches an https host through a SOCKS5 proxy', async () => {
  const [asked, authorized]: [string[], string[]] = [[], []];
  await using server = await api(authorized);
  const target = `http://127.0.0.1:${server.port}`;
  await using proxy = await socks([[5, 0], OK], asked, target);
  await using home = await createHome({
    ...far,
    ALL_PROXY: proxy.url.replace('http', 'socks5h'),
    NODE_EXTRA_CA_CERTS: certificate.path,
  });
  expect(await home.run(chat)).toEqual({ code: 0, stdout: `from ${FAR}\n`, stderr: '' });
  expect(asked[1]).toContain(FAR);
  expect(authorized).toEqual([`Bearer ${KEY}`]);
});

test('an https:// proxy with an unknown certificate gets no CONNECT and exits 4', async () => {
  const [asked, authorized]: [string[], string[]] = [[], []];
  await using server = await api(authorized);
  await using proxy = await tunnelTo(server.port, asked, certificate);
  await using home = await createHome({ ...far, HTTPS_PROXY: `https://127.0.0.1:${proxy.port}` });
  const { code, stderr } = await home.run(chat);
  expect(code).toBe(4);
  expect(stderr).toContain(`TLS connection to the proxy 127.0.0.1:${proxy.port} failed`);
  expect(stderr).toContain('NODE_EXTRA_CA_CERTS');
  expect([asked, authorized]).toEqual([[], []]);
});

test('a host with an unknown certificate behind a tunnel gets no credential and exits 4', async () => {
  const [asked, authorized]: [string[], string[]] = [[], []];
  await using server = await api(authorized);
  await using proxy = await tunnelTo(server.port, asked);
  await using home = await createHome({ ...far, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
  const { code, stderr } = await home.run(chat);
  expect(code).toBe(4);
  expect(stderr).toContain(`TLS connection to ${FAR} (through the proxy`);
  expect([asked, authorized]).toEqual([[`${FAR}:443`], []]);
});
