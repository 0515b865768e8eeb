import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { NetworkError, ProtocolError } from '../../../src/core/errors.ts';
import { readText } from '../../../src/core/http/body.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { bodyOf, loopback } from '../../helpers/loopback.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });

test('a request carries method, path, query, headers and body, and its response is read', async () => {
  await using server = await loopback(async (request, response) => {
    response.setHeader('x-seen', `${request.method} ${request.url} ${request.headers['x-a']}`);
    response.end(`got ${await bodyOf(request)}`);
  });
  const response = await createTransport()({
    method: 'POST',
    url: `${server.url}/a/b?c=d`,
    headers: { 'x-a': '1' },
    body: 'grüße',
  });
  expect(response.status).toBe(200);
  expect(response.headers['x-seen']).toBe('POST /a/b?c=d 1');
  expect(await readText(response)).toBe('got grüße');
});

test('requests to one origin, one after the other, use one connection', async () => {
  await using server = await loopback((_, response) => response.end('here'));
  let connections = 0;
  server.server.on('connection', () => (connections += 1));
  const send = createTransport();
  for (let count = 0; count < 50; count += 1) await readText(await send(get(server.url)));
  expect(connections).toBe(1);
});

test('requests at the same time do not share a connection', async () => {
  const waiting: (() => void)[] = [];
  await using server = await loopback((_, response) => {
    waiting.push(() => response.end('here'));
    if (waiting.length === 5) for (const answer of waiting) answer();
  });
  let connections = 0;
  server.server.on('connection', () => (connections += 1));
  const send = createTransport();
  await Promise.all(Array.from({ length: 5 }, async () => readText(await send(get(server.url)))));
  expect([connections, waiting.length]).toEqual([5, 5]);
});

test('a body that is not read to its end closes its connection, and opens no other', async () => {
  await using server = await loopback((_, response) => void response.write('first'));
  const connections: Promise<unknown>[] = [];
  server.server.on('connection', (socket) => connections.push(once(socket, 'close')));
  const send = createTransport();
  for (let count = 1; count <= 3; count += 1) {
    for await (const _ of (await send(get(server.url))).body) break;
    await Promise.all(connections);
    expect(connections).toHaveLength(count);
  }
});

test('a request asks for an uncompressed response', async () => {
  await using server = await loopback((request, response) =>
    response.end(request.headers['accept-encoding']),
  );
  expect(await readText(await createTransport()(get(server.url)))).toBe('identity');
});

test.each([301, 302, 303, 307, 308, 304])(
  'a redirect with status %d is refused',
  async (status) => {
    let hits = 0;
    await using target = await loopback((_, response) => {
      hits += 1;
      response.end();
    });
    await using server = await loopback((_, response) => {
      response.writeHead(status, { location: `${target.url}/?token=x` }).end();
    });
    const failure = createTransport()({
      ...get(server.url),
      headers: { authorization: 'Bearer x' },
    });
    await expect(failure).rejects.toBeInstanceOf(ProtocolError);
    await expect(failure).rejects.toMatchObject({ code: 'redirect_refused', status });
    await expect(failure).rejects.not.toThrow(/token/);
    expect(hits).toBe(0);
  },
);

test('a refused connection names the host', async () => {
  const server = await loopback(() => {});
  await server[Symbol.asyncDispose]();
  const failure = createTransport()(get(server.url));
  await expect(failure).rejects.toBeInstanceOf(NetworkError);
  await expect(failure).rejects.toMatchObject({
    code: 'connection_refused',
    message: expect.stringContaining(new URL(server.url).host),
  });
});

test('a host name that does not exist is a DNS failure', async () => {
  await expect(createTransport()(get('http://no-such-host.invalid/'))).rejects.toMatchObject({
    kind: 'network',
    code: expect.stringMatching(/^dns/),
  });
});

test('a server that never starts its response causes headers_timeout', async () => {
  await using server = await loopback(() => {});
  const send = createTransport({ timeouts: { headers: 1000 } });
  await expect(send(get(server.url))).rejects.toMatchObject({
    kind: 'network',
    code: 'headers_timeout',
  });
});

test('a server that stops in the middle of a body causes body_timeout', async () => {
  await using server = await loopback((_, response) => {
    response.write('half');
  });
  const response = await createTransport({ timeouts: { body: 50 } })(get(server.url));
  await expect(readText(response)).rejects.toMatchObject({
    kind: 'network',
    code: 'body_timeout',
  });
});

test('a connection that breaks during the body causes connection_reset', async () => {
  await using server = await loopback((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  const response = await createTransport()(get(server.url));
  await expect(readText(response)).rejects.toMatchObject({ code: 'connection_reset' });
});

test('an abort ends a request at once with the reason of the signal', async () => {
  const controller = new AbortController();
  await using server = await loopback(() => controller.abort(new Error('enough')));
  const failure = createTransport()({ ...get(server.url), signal: controller.signal });
  await expect(failure).rejects.toThrow('enough');
});

test('the abort of a time-out signal is reported as a time-out', async () => {
  await using server = await loopback(() => {});
  const failure = createTransport()({ ...get(server.url), signal: AbortSignal.timeout(30) });
  await expect(failure).rejects.toMatchObject({ kind: 'network', code: 'timeout' });
});

test('a response that is not HTTP is a protocol failure', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(createTransport()(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
    kind: 'protocol',
    code: 'malformed_http',
  });
  server.close();
});

test('a body over the cap is refused', async () => {
  await using server = await loopback((_, response) => response.end('x'.repeat(1000)));
  const response = await createTransport()(get(server.url));
  await expect(readText(response, 999)).rejects.toMatchObject({ code: 'body_too_large' });
});

test('a request goes through the proxy of the settings, but never for loopback', async () => {
  const seen: string[] = [];
  await using proxy = await loopback((request, response) => {
    seen.push(String(request.url));
    response.end('from the proxy');
  });
  proxy.server.on('connect', (request, socket) => {
    seen.push(String(request.url));
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await using server = await loopback((_, response) => response.end('direct'));
  const send = createTransport({ proxy: { http_proxy: proxy.url, https_proxy: proxy.url } });
  expect(await readText(await send(get(server.url)))).toBe('direct');
  await expect(send(get('https://api.example.invalid/v1'))).rejects.toThrow();
  expect(seen).toEqual(['api.example.invalid:443']);
});

test('a request to a host in NO_PROXY uses no proxy', async () => {
  const seen: string[] = [];
  await using proxy = await loopback((request, response) => {
    seen.push(String(request.url));
    response.end();
  });
  const send = createTransport({ proxy: { http_proxy: proxy.url, no_proxy: '.invalid' } });
  await expect(send(get('http://api.example.invalid/v1'))).rejects.toMatchObject({
    code: expect.stringMatching(/^dns/),
  });
  expect(seen).toEqual([]);
});
