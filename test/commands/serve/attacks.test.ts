import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLIENT_KEY,
  localEndpoint,
  ok,
  raw,
  recorder,
  withKey,
} from '../../helpers/local-endpoint.ts';

const KEY = `Host: localhost\r\napi-key: ${CLIENT_KEY}`;
const CLOSE = 'Connection: close';

test('a CONNECT request that its client leaves half open does not keep serve from ending', async () => {
  const local = await localEndpoint('http://127.0.0.1:9');
  const { hostname: host, port } = new URL(local.url);
  const socket = connect({ host, port: Number(port), allowHalfOpen: true }).on('error', () => {});
  socket.write('CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket.resume(), 'end');
  await local.drain(0);
  socket.destroy();
});

describe('requests on the wire', () => {
  let api: Awaited<ReturnType<typeof recorder>>;
  let local: Awaited<ReturnType<typeof localEndpoint>>;
  beforeAll(async () => {
    api = await recorder(ok);
    local = await localEndpoint(api.url);
  });
  afterAll(async () => {
    await local.drain(0);
    await api[Symbol.asyncDispose]();
  });

  const HOSTS = ['localhost', 'LocalHost:80', '127.0.0.1', '127.0.0.1:65535', '[::1]', '[::1]:80'];
  test.each(HOSTS)('the Host header %s is of this machine', async (host) => {
    const head = `GET /v1/models HTTP/1.1\r\nHost: ${host}\r\napi-key: ${CLIENT_KEY}`;
    expect(await raw(local.url, `${head}\r\n${CLOSE}\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
    expect(api.seen.splice(0)).toMatchObject([{ url: '/base/v1/models' }]);
  });

  const OTHERS = [
    ['', 'evil.example', '127.0.0.1.nip.io', '127.0.0.1.evil.example', 'localhost.evil.example'],
    ['localhost.', 'localhost@evil.example', 'evil.example:localhost', 'localhost, evil.example'],
    ['0.0.0.0', '127.1', '127.0.0.2', '2130706433', '[::]', '[::ffff:127.0.0.1]', 'localhost:'],
  ].flat();
  test.each(OTHERS)('the Host header "%s" is refused', async (host) => {
    for (const target of ['/v1/models', '/healthz']) {
      const head = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\napi-key: ${CLIENT_KEY}`;
      const answer = await raw(local.url, `${head}\r\n${CLOSE}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1.1 403 .*"code":"wrong_host"/s);
    }
    expect(api.seen).toEqual([]);
  });

  const PATHS = [
    ['/', '/v1', '/v1/', '/v1?a=b', '/admin', '/v10/x', '*', '/v1/../admin', '/v1/x/../../admin'],
    ['/v1/.', '/v1/%2e%2e/admin', '/v1/.%2E/admin', '/v1/..%2fadmin', '/v1/..%5cadmin'],
    ['/v1/..\\admin', '/v1/..;/admin', '/v1/%252e%252e/admin', '/v1/x%00', '/v1/%u002e'],
    ['//evil.example/v1/models', '/v1//evil.example/x', '///v1/models', '/v1/models#x'],
    ['http://evil.example/v1/models', 'http://localhost/v1/models', 'evil.example:80'],
  ].flat();
  test.each(PATHS)('the path %s is not passed on', async (path) => {
    const answer = await raw(local.url, `GET ${path} HTTP/1.1\r\n${KEY}\r\n${CLOSE}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d .*"code":"(?:wrong_path|malformed_request)"/s);
    expect(api.seen).toEqual([]);
  });

  test.each([
    ['/v1/@evil.example', '/base/v1/@evil.example'],
    ['/v1/models/%ff', '/base/v1/models/%ff'],
    ['/v1/models/org%3Amodel/', '/base/v1/models/org%3Amodel'],
    ['/v1/files?after=//evil.example/../x', '/base/v1/files?after=//evil.example/../x'],
  ])('the path %s stays below the base URL', async (path, there) => {
    const head = `GET ${path} HTTP/1.1\r\n${KEY}\r\nX-Request-Id: \xe9`;
    const answer = await raw(local.url, `${head}\r\n${CLOSE}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(api.seen.splice(0)).toMatchObject([{ url: there }]);
  });

  test.each([
    ['what is not HTTP', 'nonsense', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost localhost', 400],
    ['HEAD', `HEAD /v1/models HTTP/1.1\r\n${KEY}`, 405],
    ['a WebSocket', `GET /v1/realtime HTTP/1.1\r\n${KEY}\r\nUpgrade: websocket`, 501],
    ['no Host header', `GET /v1/models HTTP/1.1\r\napi-key: ${CLIENT_KEY}`, 400],
    ['two Host headers', `GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n${KEY}`, 400],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost', 405],
    ['two lengths', `POST /v1/x HTTP/1.1\r\n${KEY}\r\nContent-Length: 0\r\nContent-Length: 5`, 400],
    [
      'a length and chunks',
      `POST /v1/x HTTP/1.1\r\n${KEY}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked`,
      400,
    ],
    ['headers of 64 KiB', `GET /v1/models HTTP/1.1\r\n${KEY}\r\nx: ${'y'.repeat(65_536)}`, 431],
    ['the key in the path', `GET /v1/files/${CLIENT_KEY} HTTP/1.1\r\n${KEY}`, 400],
  ])('%s is refused with an error object', async (_, head, status) => {
    const answer = await raw(local.url, `${head}\r\n${CLOSE}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const body = answer.split('\r\n\r\n')[1] || '{"error":{"param":null}}';
    expect(JSON.parse(body)).toMatchObject({ error: { param: null } });
    expect(api.seen).toEqual([]);
  });

  test('an upgrade is answered as the request that it is, and ends the connection', async () => {
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA';
    const length = 'Content-Length: 2\r\nContent-Type: application/json';
    const head = `POST /v1/x HTTP/1.1\r\n${KEY}\r\n${upgrade}\r\n${length}\r\n\r\n{}`;
    expect(await raw(local.url, head)).toMatch(/^HTTP\/1.1 200 /);
    expect(api.seen.splice(0)).toMatchObject([{ body: '{}' }]);
  });

  test('pipelined requests are answered in their order', async () => {
    const get = (path: string, more = '') => `GET /v1/${path} HTTP/1.1\r\n${KEY}\r\n${more}\r\n`;
    const answer = await raw(local.url, get('a') + get('b') + get('c', `${CLOSE}\r\n`));
    expect(answer.match(/HTTP\/1.1 200/g)).toHaveLength(3);
    expect(api.seen.map(({ url }) => url)).toEqual(['/base/v1/a', '/base/v1/b', '/base/v1/c']);
  });

  test('a body that waits for 100-continue is asked for, and not when it is refused', async () => {
    const head = (length: number) =>
      `POST /v1/x HTTP/1.1\r\n${KEY}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n${CLOSE}\r\n\r\n`;
    expect(await raw(local.url, `${head(2)}{}`)).toMatch(/^HTTP\/1.1 100 .*HTTP\/1.1 200/s);
    expect(await raw(local.url, head(2 ** 30))).toMatch(/^HTTP\/1.1 413/);
  });

  test('a JSON request without a body is passed on, and the path of a mapped model is renamed', async () => {
    const headers = { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' };
    await fetch(`${local.url}/batches/b/cancel`, { method: 'POST', headers, body: '' });
    await fetch(`${local.url}/models/gpt-4o`, withKey());
    expect(api.seen.slice(-2).map(({ url }) => url)).toEqual([
      '/base/v1/batches/b/cancel',
      '/base/v1/models/qwen3-coder-plus',
    ]);
  });
});
