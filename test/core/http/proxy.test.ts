import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { readText } from '../../../src/core/http/body.ts';
import { withRetries } from '../../../src/core/http/retry.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';
import { rawServer } from '../../helpers/raw-server.ts';
import { realClock, realRandom } from '../../helpers/real-world.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });
const API = 'https://api.example.invalid/v1';

/** A proxy that sends every tunnel to `target`, whatever host it was asked for. */
const forwarding = (target: string, seen: string[]) =>
  rawServer((socket) => {
    socket.once('data', (head) => {
      seen.push(head.toString());
      const upstream = connect(Number(new URL(target).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
  });

test('a response comes through a tunnel of the proxy, which later requests use too', async () => {
  const seen: string[] = [];
  await using server = await loopback((request, response) => response.end(request.headers.host));
  await using proxy = await forwarding(server.url, seen);
  const send = createTransport({ proxy: { http_proxy: proxy.url } });
  for (let count = 0; count < 3; count += 1) {
    expect(await readText(await send(get('http://api.example.invalid/v1')))).toBe(
      'api.example.invalid',
    );
  }
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatch(/^CONNECT api\.example\.invalid:80 HTTP\/1\.1\r\nhost: api/i);
});

test.each([
  ['user:pa%ss', 'user:pa%ss'],
  ['user:100%', 'user:100%'],
  ['user:%zz%41', 'user:%zzA'],
  ['user:a@b:c/d?e#f g', 'user:a@b:c/d?e#f g'],
  ['user:a%40b%2Fc%23d', 'user:a@b/c#d'],
  ['user:://[x]\\"\'', 'user:://[x]\\"\''],
  ['us%20er:%C3%A9é', 'us er:éé'],
  ['user', 'user:'],
  ['user:', 'user:'],
  [':secret', ':secret'],
])('a proxy with %j gets its user and password as %j', async (credentials, expected) => {
  const heads: string[] = [];
  await using proxy = await rawServer((socket) => {
    socket.once('data', (head) => {
      heads.push(head.toString());
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
  });
  const HTTPS_PROXY = proxy.url.replace('//', `//${credentials}@`);
  await expect(createTransport({ proxy: { HTTPS_PROXY } })(get(API))).rejects.toMatchObject({
    kind: 'network',
    code: 'proxy_refused',
    message: expect.stringMatching(/^There is no way to api\.example\.invalid:443: the proxy 127/),
    hint: expect.stringMatching(/HTTPS_PROXY=http:\/\/USER:PASSWORD@127/),
  });
  const sent = /^proxy-authorization: Basic (\S+)/im.exec(heads[0] ?? '')?.[1] ?? '';
  expect(Buffer.from(sent, 'base64').toString()).toBe(expected);
});

test.each([
  [
    403,
    'http://api.example.invalid:8000/v1',
    /^Many proxies allow CONNECT to port 443 only\. Ask /,
  ],
  [405, 'http://api.example.invalid/v1', /^Many proxies allow CONNECT to port 443 only\. Ask /],
  [403, API, /^Check HTTPS?_PROXY, or name the host in NO_PROXY/],
])('a proxy that answers %i to CONNECT for %s has a hint of its own', async (status, url, hint) => {
  await using proxy = await rawServer((socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
  });
  const send = createTransport({ proxy: { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url } });
  await expect(send(get(url))).rejects.toMatchObject({
    code: 'proxy_refused',
    hint: expect.stringMatching(hint),
  });
});

test.each([
  'socks4://127.0.0.1:1',
  'socks5://',
  'http://',
  'http://user:secret@',
  ':',
  'http://h:99999999',
])('the proxy setting %j is a usage error that does not show its value', async (HTTPS_PROXY) => {
  const failure = createTransport({ proxy: { HTTPS_PROXY } })(get(API));
  await expect(failure).rejects.toMatchObject({ kind: 'usage', code: 'invalid_proxy' });
  await expect(failure).rejects.not.toThrow(/secret/);
});

test.concurrent('a proxy that accepts and does not answer CONNECT causes connect_timeout', async () => {
  await using proxy = await rawServer(() => {});
  const send = createTransport({ timeouts: { connect: 1000 }, proxy: { HTTPS_PROXY: proxy.url } });
  await expect(
    withRetries(send, { clock: realClock, random: realRandom })(get(API)),
  ).rejects.toMatchObject({
    kind: 'network',
    code: 'connect_timeout',
    message: expect.stringMatching(/^The proxy 127\S+ did not answer CONNECT within 1s$/),
    hint: expect.stringMatching(/HTTPS_PROXY.*--timeout 2m$/),
  });
  expect(proxy.sockets).toHaveLength(1);
  await closed(proxy.sockets[0]);
});

test('a proxy that closes without an answer gets one CONNECT per attempt', async () => {
  await using proxy = await rawServer((socket) => socket.once('data', () => socket.destroy()));
  const send = createTransport({ proxy: { HTTPS_PROXY: proxy.url } });
  const at = { clock: { ...realClock, sleep: async () => {} }, random: realRandom };
  await expect(send(get(API))).rejects.toMatchObject({
    kind: 'network',
    code: 'connection_reset',
    message: expect.stringMatching(/^The proxy 127\S+ closed the connection$/),
  });
  expect(proxy.sockets).toHaveLength(1);
  await expect(withRetries(send, { ...at, max_retries: 2 })(get(API))).rejects.toMatchObject({
    code: 'connection_reset',
  });
  expect(proxy.sockets).toHaveLength(4);
});

test('a refused connection to a proxy names the proxy', async () => {
  const proxy = await loopback(() => {});
  await proxy[Symbol.asyncDispose]();
  const failure = createTransport({ proxy: { HTTPS_PROXY: proxy.url } })(get(API));
  await expect(failure).rejects.toMatchObject({
    code: 'connection_refused',
    message: expect.stringMatching(/^The proxy 127\S+ refused the connection$/),
  });
});

test.each([
  ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'malformed_http'],
  ['a status of 000', 'HTTP/1.1 000 \r\n\r\n', 'malformed_http'],
  ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`, 'malformed_http'],
  ['half a status line', 'HTTP/1.1 2', 'connection_reset'],
  ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: http://x/\r\n\r\n', 'proxy_refused'],
  ['502', 'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\nbad', 'proxy_refused'],
  ['200 and then nothing', 'HTTP/1.1 200 OK\r\n\r\n', 'connection_reset'],
  ['200 and then no TLS', 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n', 'tls'],
])('a proxy that answers CONNECT with %s fails the request', async (_, answer, code) => {
  await using proxy = await rawServer((socket) => socket.once('data', () => socket.end(answer)));
  const send = createTransport({ proxy: { HTTPS_PROXY: proxy.url } });
  await expect(send(get(API))).rejects.toMatchObject({ code });
  expect(proxy.sockets).toHaveLength(1);
});

test.concurrent('a TLS handshake that hangs in the tunnel causes connect_timeout', async () => {
  await using proxy = await rawServer((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  const send = createTransport({ timeouts: { connect: 1000 }, proxy: { HTTPS_PROXY: proxy.url } });
  await expect(send(get(API))).rejects.toMatchObject({
    code: 'connect_timeout',
    message: expect.stringMatching(
      /^api\.example\.invalid \(through the proxy 127\S+\) did not finish the TLS handshake within/,
    ),
  });
  await closed(proxy.sockets[0]);
});

test.concurrent('a server that never answers in the tunnel causes headers_timeout', async () => {
  const seen: string[] = [];
  await using server = await rawServer(() => {});
  await using proxy = await forwarding(server.url, seen);
  let sent = 0;
  const send = createTransport({ timeouts: { headers: 1000 }, proxy: { http_proxy: proxy.url } });
  const request = { ...get('http://api.example.invalid/'), onSent: () => (sent += 1) };
  await expect(send(request)).rejects.toMatchObject({ code: 'headers_timeout' });
  expect([sent, seen.length]).toEqual([1, 1]);
  await closed(proxy.sockets[0]);
});

/** The stages at which an abort may come: what the proxy answers to CONNECT before it falls silent. */
test.each([
  ['before the answer to CONNECT', ''],
  ['in the middle of the answer to CONNECT', 'HTTP/1.1 200 O'],
  ['during the TLS handshake in the tunnel', 'HTTP/1.1 200 OK\r\n\r\n'],
])('an abort %s ends everything at once', async (_, answer) => {
  const controller = new AbortController();
  const silence = new EventEmitter();
  const silent = once(silence, 'begins');
  await using proxy = await rawServer((socket) => {
    socket.once('data', () => {
      if (answer) socket.write(answer);
      if (answer.endsWith('\r\n\r\n')) socket.once('data', () => silence.emit('begins'));
      else silence.emit('begins');
    });
  });
  let sent = 0;
  const failure = createTransport({ proxy: { HTTPS_PROXY: proxy.url } })({
    ...get(API),
    signal: controller.signal,
    onSent: () => (sent += 1),
  }).catch((error: unknown) => error);
  await silent;
  const start = performance.now();
  controller.abort(new Error('enough'));
  expect(await failure).toMatchObject({ message: 'enough' });
  // Far below the 30 s that a proxy has to answer CONNECT.
  expect(performance.now() - start).toBeLessThan(5000);
  await closed(proxy.sockets[0]);
  expect([proxy.sockets.length, sent]).toEqual([1, 0]);
});

/** Resolves when the other side has closed its end. */
async function closed(socket: Socket | undefined): Promise<void> {
  if (!socket || socket.readableEnded || socket.destroyed) return;
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
}
