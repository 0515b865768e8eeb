import { expect, test } from 'vitest';
import { proxyFor } from '../../../src/core/http/proxy.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { rawServer } from '../../helpers/raw-server.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });
const API = 'https://api.example.invalid/v1';

test.each([
  ['*', API, false],
  ['example.invalid', API, false],
  ['.example.invalid', API, false],
  ['*.example.invalid', API, false],
  ['example.invalid.', API, false],
  ['other, api.EXAMPLE.invalid:443', API, false],
  ['other  api.example.invalid', API, false],
  ['api.example.invalid', 'https://api.example.invalid./', false],
  ['10.0.0.0/8', 'http://10.255.3.4/', false],
  ['10.1.2.3', 'http://10.1.2.3:8080/', false],
  ['10.1.2.3:8080', 'http://10.1.2.3:8080/', false],
  ['fd00::/8', 'http://[fd00::a:1]/', false],
  ['[fd00::a:1]', 'http://[fd00::a:1]:81/', false],
  ['[fd00::a:1]:81', 'http://[fd00:0::a:1]:81/', false],
  ['fd00:0:0:0::a:1', 'http://[fd00::a:1]/', false],
  ['10.0.0.0/8', 'http://11.0.0.1/', true],
  ['10.0.0.0/33', 'http://10.0.0.1/', true],
  ['0.0.0.0/0', 'http://[fd00::a:1]/', true],
  ['1.2.3', 'http://10.1.2.3/', true],
  ['[fd00::a:1]:80', 'http://[fd00::a:1]:81/', true],
  ['10.0.0.0/8', API, true],
  ['api.example.invalid:80', API, true],
  ['ample.invalid', API, true],
  ['', API, true],
  [' , ', API, true],
])('NO_PROXY=%j for %s: the proxy is asked: %s', (NO_PROXY, url, asked) => {
  for (const name of ['NO_PROXY', 'no_proxy']) {
    const settings = { HTTPS_PROXY: 'p:1', HTTP_PROXY: 'p:1', [name]: NO_PROXY };
    expect(proxyFor(new URL(url), settings) !== undefined).toBe(asked);
  }
});

test('NO_PROXY keeps a request from the proxy', async () => {
  await using proxy = await rawServer((socket) => socket.destroy());
  const send = createTransport({ proxy: { HTTPS_PROXY: proxy.url, NO_PROXY: 'example.invalid' } });
  await expect(send(get(API))).rejects.toMatchObject({ code: expect.stringMatching(/^dns/) });
  expect(proxy.sockets).toHaveLength(0);
});

test.concurrent.each([
  ['https_proxy', ['HTTPS_PROXY', 'http_proxy', 'all_proxy']],
  ['HTTPS_PROXY', ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY']],
  ['http_proxy', ['HTTP_PROXY', 'all_proxy']],
  ['HTTP_PROXY', ['all_proxy', 'ALL_PROXY']],
  ['all_proxy', ['ALL_PROXY']],
  ['ALL_PROXY', []],
])('%s is used before %s, and a failure behind it names it', async (variable, weaker) => {
  await using proxy = await rawServer((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  const others = Object.fromEntries(weaker.map((name) => [name, 'http://127.0.0.1:9']));
  const send = createTransport({
    timeouts: { connect: 1000 },
    proxy: { ...others, [variable]: proxy.url },
  });
  await expect(send(get(API))).rejects.toMatchObject({
    code: 'connect_timeout',
    hint: `Check the network, and the proxy that ${variable} names, or allow more time: --timeout 2m`,
  });
});
