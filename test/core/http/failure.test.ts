import { expect, test } from 'vitest';
import { describeFailure } from '../../../src/core/http/failure.ts';
import { readText } from '../../../src/core/http/body.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';
import { rawServer } from '../../helpers/raw-server.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });

test.each([
  ['a status of 000', 'HTTP/1.1 000 \r\n\r\n', 'malformed_http'],
  ['a status of 000 and headers', 'HTTP/1.1 000\r\ncontent-length: 0\r\n\r\n', 'malformed_http'],
  ['a status of 99', 'HTTP/1.1 99 x\r\n\r\n', 'malformed_http'],
  ['a status of 1000', 'HTTP/1.1 1000 x\r\n\r\n', 'malformed_http'],
  ['a protocol nobody asked for', 'HTTP/1.1 101 x\r\nupgrade: x\r\n\r\n', 'malformed_http'],
  ['a 100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', 'unasked_continue'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'malformed_http'],
  ['bytes of TLS', Buffer.from([21, 3, 3, 0, 2, 2, 40]), 'malformed_http'],
  ['headers of 100 kB', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 'malformed_http'],
  ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n', 'malformed_http'],
  ['nothing', '', 'connection_reset'],
  ['half a status line', 'HTTP/1.1 2', 'connection_reset'],
  ['half a header', 'HTTP/1.1 200 OK\r\nx: y', 'connection_reset'],
])('a server that answers with %s and closes fails the request', async (_, answer, code) => {
  await using server = await rawServer((socket) => socket.once('data', () => socket.end(answer)));
  await expect(createTransport()(get(server.url))).rejects.toMatchObject({
    kind: code === 'connection_reset' ? 'network' : 'protocol',
    code,
    hint: expect.stringMatching(/./),
  });
  expect(server.sockets).toHaveLength(1);
});

const HEAD = 'HTTP/1.1 200 OK\r\n';
test.each([
  ['a body shorter than its length', `${HEAD}content-length: 10\r\n\r\nhalf`],
  ['half a chunk', `${HEAD}transfer-encoding: chunked\r\n\r\n10\r\nhalf`],
  ['chunks without the last one', `${HEAD}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`],
])('%s is a lost connection, and not another protocol than HTTP', async (_, answer) => {
  // A reset reports it in another place of undici than an end does.
  for (const finish of ['end', 'resetAndDestroy'] as const) {
    await using server = await rawServer((socket) => {
      socket.once('data', () => socket.write(answer, () => setTimeout(() => socket[finish](), 20)));
    });
    const response = await createTransport()(get(server.url));
    await expect(readText(response)).rejects.toMatchObject({
      kind: 'network',
      code: 'connection_reset',
      message: expect.stringContaining('closed the connection'),
    });
  }
});

test('what arrives together with the end of the connection is read before the failure', async () => {
  const answer = `${HEAD}content-length: 99\r\n\r\nwhat arrived`;
  await using server = await rawServer((socket) => socket.once('data', () => socket.end(answer)));
  const { body } = await createTransport()(get(server.url));
  // Longer than it takes to notice the end.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const parts: Uint8Array[] = [];
  const read = async () => {
    for await (const part of body) parts.push(part);
  };
  await expect(read()).rejects.toMatchObject({ code: 'connection_reset' });
  expect(Buffer.concat(parts).toString()).toBe('what arrived');
});

test.each([
  ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40]), 'tls'],
  ['plain HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'tls'],
  ['its end', '', 'connection_reset'],
])('a server that answers the TLS handshake with %s fails the request', async (_, answer, code) => {
  await using server = await rawServer((socket) => socket.once('data', () => socket.end(answer)));
  const failure = createTransport()(get(server.url.replace('http:', 'https:')));
  await expect(failure).rejects.toMatchObject({ kind: 'network', code });
  expect(server.sockets).toHaveLength(1);
});

test('a host name of more than 253 characters is not found', async () => {
  const host = `${'a'.repeat(60)}.`.repeat(5);
  await expect(createTransport()(get(`http://${host}invalid/`))).rejects.toMatchObject({
    kind: 'network',
    code: 'dns',
  });
});

const system = (code: string, errno: number, syscall = 'connect') =>
  Object.assign(new Error(`${syscall} ${code} 192.0.2.1:443`), { code, errno, syscall });

/** The numbers are those of Linux; an unknown one falls back to the message. */
test.skipIf(process.platform !== 'linux').each([
  ['EACCES', -13, 'permission denied (EACCES)'],
  ['EINVAL', -22, 'invalid argument (EINVAL)'],
  ['EPERM', -1, 'operation not permitted (EPERM)'],
  ['ENETDOWN', -100, 'network is down (ENETDOWN)'],
  ['EHOSTDOWN', -112, 'host is down (EHOSTDOWN)'],
  ['ENOBUFS', -105, 'no buffer space available (ENOBUFS)'],
  ['EAFNOSUPPORT', -97, 'address family not supported (EAFNOSUPPORT)'],
  ['EMFILE', -24, 'too many open files (EMFILE)'],
  ['ENEW', -9999, 'connect ENEW 192.0.2.1:443 (ENEW)'],
])('the system error %s is a network failure', (code, errno, why) => {
  const peer = { name: 'api.example' };
  for (const error of [
    system(code, errno),
    new AggregateError([system(code, errno)]),
    new TypeError('failed', { cause: system(code, errno) }),
  ]) {
    expect(describeFailure(error, peer)).toMatchObject({
      kind: 'network',
      code: 'unreachable',
      message: `api.example cannot be reached: ${why}`,
    });
  }
});

test.each([
  [Object.assign(new Error('odd'), { code: 'UND_ERR_NEW' }), 'unreachable'],
  [Object.assign(new Error('odd'), { code: 'ECONNABORTED' }), 'connection_reset'],
  [new Error('odd, without a code'), 'unreachable'],
])('%s is a network failure', (error, code) => {
  const described = describeFailure(error, { name: 'api.example' });
  expect(described).toMatchObject({ kind: 'network', code });
});

test('an error that only a bug can cause stays as it is', () => {
  const error = new TypeError('x is not a function');
  expect(describeFailure(error, { name: 'api.example' })).toBe(error);
});

test.each<Record<string, string>>([
  { authorization: 'Bearer a\nb' },
  { 'x-name': '你好' },
  { 'bad name': 'x' },
  { expect: '100-continue' },
  { 'content-length': '7' },
  { 'transfer-encoding': 'chunked' },
])('a header that cannot be sent is a usage error: %j', async (headers) => {
  await using server = await loopback((_, response) => response.end());
  const request = { method: 'POST' as const, url: server.url, headers, body: 'x' };
  await expect(createTransport()(request)).rejects.toMatchObject({
    kind: 'usage',
    code: 'invalid_header',
  });
});
