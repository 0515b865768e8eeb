import { Socks5Server } from '@pondwader/socks5-server';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { readText } from '../../../src/core/http/body.ts';
import type { Proxy } from '../../../src/core/http/proxy.ts';
import { openSocks } from '../../../src/core/http/socks.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';
import { OK, socks } from '../../helpers/socks-proxy.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });

test.each([
  ['socks5h', 'api.example.invalid', '\x03\x13api.example.invalid'],
  ['socks5h', '10.1.2.3', '\x01\x0a\x01\x02\x03'],
  ['SOCKS', 'api.example.invalid', '\x03\x13api.example.invalid'],
  ['socks5', '10.1.2.3', '\x01\x0a\x01\x02\x03'],
  ['socks5', '[fd00::a:1]', '\x04\xfd' + '\0'.repeat(12) + '\x0a\0\x01'],
])('%s asks the proxy for %s, with any password', async (scheme, host, address) => {
  const seen: string[] = [];
  await using server = await loopback((request, response) => response.end(request.headers.host));
  await using proxy = await socks([[5, 2], [1, 0], OK], seen, server.url);
  const ALL_PROXY = proxy.url.replace('http://', `${scheme}://us%65r:p@:/%zz@`);
  const send = createTransport({ proxy: { ALL_PROXY } });
  expect(await readText(await send(get(`http://${host}/`)))).toBe(host);
  expect(seen).toEqual(['\x05\x02\0\x02', '\x01\x04user\x07p@:/%zz', `\x05\x01\0${address}\0\x50`]);
});

test.each([
  ['the method none', [[5, 255]], 'proxy_refused', /refused the user and password$/],
  [
    'a refused password',
    [
      [5, 2],
      [1, 1],
    ],
    'proxy_refused',
    /refused the user and password$/,
  ],
  [
    'connection refused',
    [
      [5, 0],
      [5, 5, 0, 1],
    ],
    'proxy_refused',
    /answered "connection refused"$/,
  ],
  ['HTTP', [[72, 84]], 'malformed_socks', /does not speak SOCKS5$/],
  ['an early end', [[5]], 'connection_reset', /^The proxy 127\S+ closed the connection$/],
])(
  'a SOCKS5 proxy that answers %s is named, without its password',
  async (_, answers, code, message) => {
    await using proxy = await socks(answers, []);
    const ALL_PROXY = proxy.url.replace('http://', 'socks5h://user:hunter22@');
    const failure = createTransport({ proxy: { ALL_PROXY } })(get('https://api.example.invalid/'));
    await expect(failure).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/^(?!.*hunter22).*ALL_PROXY/),
    });
  },
);

/** A SOCKS5 server of other authors. Every connection goes to `target`. */
async function independentProxy(target: string, seen: unknown[]) {
  const server = new Socks5Server();
  server.setAuthHandler(({ username, password }) => {
    seen.push([username, password]);
    return password !== 'wrong';
  });
  server.setConnectionHandler(({ destAddress, destPort, socket }, sendStatus) => {
    seen.push(`${destAddress}:${destPort}`);
    if (destAddress === '10.9.9.9') return sendStatus('NETWORK_UNREACHABLE');
    const upstream = connect(Number(new URL(target).port), '127.0.0.1', () => {
      sendStatus('REQUEST_GRANTED');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => {}).on('close', () => upstream.destroy());
  });
  const listener = createServer((socket) => server._handleConnection(socket));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => listener.close(() => resolve())),
  };
}

test.each(['p%zz', 'a@b', 'a#b', 'a/b?c', 'two words', 'pässwörd', '100%', 'a:b', '://'])(
  'a SOCKS5 server of other authors takes the password %j and connects',
  async (password) => {
    const seen: unknown[] = [];
    await using server = await loopback((request, response) => response.end(request.headers.host));
    await using proxy = await independentProxy(server.url, seen);
    const ALL_PROXY = `socks5h://user:${password}@${proxy.host}`;
    const response = await createTransport({ proxy: { ALL_PROXY } })({
      ...get('http://api.example.invalid/'),
      headers: { connection: 'close' },
    });
    expect(await readText(response)).toBe('api.example.invalid');
    expect(seen).toEqual([['user', password], 'api.example.invalid:80']);
  },
);

test('a SOCKS5 server of other authors that refuses the password or the host is named', async () => {
  await using proxy = await independentProxy('http://127.0.0.1:9', []);
  const send = (password: string) =>
    createTransport({ proxy: { all_proxy: `socks://user:${password}@${proxy.host}` } });
  await expect(send('wrong')(get('https://api.example.invalid/'))).rejects.toMatchObject({
    message: expect.stringMatching(/the proxy 127\S+ refused the user and password$/),
    hint: `Set a user and a password: all_proxy=socks5h://USER:PASSWORD@${proxy.host}`,
  });
  await expect(send('right')(get('https://10.9.9.9/'))).rejects.toMatchObject({
    code: 'proxy_refused',
    message: expect.stringMatching(/10\.9\.9\.9:443: .* answered "network unreachable"$/),
  });
});

/** How far a proxy goes before it falls silent. */
test.concurrent.each([
  ['at once', []],
  ['after the method', [[5, 2]]],
  [
    'after the password',
    [
      [5, 2],
      [1, 0],
    ],
  ],
  [
    'in the middle of its reply',
    [
      [5, 2],
      [1, 0],
      [5, 0, 0],
    ],
  ],
])('a SOCKS5 proxy that falls silent %s ends at the time limit', async (_, answers) => {
  await using proxy = await socks([...answers, [], [], [], []], [], 'http://127.0.0.1:9');
  const ALL_PROXY = proxy.url.replace('http://', 'socks5h://user:hunter22@');
  const send = createTransport({ timeouts: { connect: 1000 }, proxy: { ALL_PROXY } });
  await expect(send(get('https://api.example.invalid/'))).rejects.toMatchObject({
    code: 'connect_timeout',
    message: expect.stringMatching(/^The proxy 127\S+ did not answer CONNECT within 1s$/),
    hint: expect.stringMatching(/^(?!.*hunter22)Check ALL_PROXY, .*--timeout 2m$/),
  });
  expect(proxy.sockets).toHaveLength(1);
});

test('socks5 tries the addresses of a name in turn, and reports what the last one got', async () => {
  const seen: unknown[] = [];
  await using server = await loopback((_, response) => response.end());
  await using place = await independentProxy(server.url, seen);
  const login = { user: Buffer.from('u'), password: Buffer.from('p') };
  const proxy: Proxy = {
    url: new URL(`socks5://${place.host}`),
    login,
    variable: 'ALL_PROXY',
  };
  const opened: { destroy(): unknown }[] = [];
  const progress = { opened: (one: Socket) => opened.push(one), asked: () => {} };
  const open = (...addresses: string[]) =>
    openSocks('api.example.invalid', 80, proxy, progress as never, async () =>
      addresses.map((address) => ({ address })),
    );
  const socket = await open('10.9.9.9', '10.9.9.9', '10.1.2.3', '10.1.2.4');
  socket.destroy();
  expect(seen.filter((one) => typeof one === 'string')).toEqual([
    '10.9.9.9:80',
    '10.9.9.9:80',
    '10.1.2.3:80',
  ]);
  await expect(open('10.9.9.9', '10.9.9.9')).rejects.toMatchObject({ code: 'proxy_refused' });
  for (const one of opened) one.destroy();
});
