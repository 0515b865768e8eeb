import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import {
  chatBody,
  CLIENT_KEY,
  localEndpoint,
  ok,
  raw,
  recorder,
  TOKEN,
  withKey,
} from '../../helpers/local-endpoint.ts';

const KEY = `Host: localhost\r\napi-key: ${CLIENT_KEY}`;

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** An API that sends these bytes for each request, one after the other, and closes. */
async function rawApi(...pieces: readonly (string | Buffer)[]) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      const next = (at: number): void => {
        const piece = pieces[at];
        if (piece === undefined) socket.end();
        else socket.write(piece, () => setTimeout(next, 15, at + 1));
      };
      next(0);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

describe('responses of a bad endpoint', () => {
  const forms = [
    TOKEN,
    Buffer.from(TOKEN).toString('base64'),
    Buffer.from(TOKEN).toString('hex'),
    encodeURIComponent(TOKEN).replaceAll('-', '%2D').replaceAll('%2D', '-'),
    [...TOKEN].map((one) => `\\u00${one.charCodeAt(0).toString(16)}`).join(''),
  ];

  test('an error repeats the token in no form, also compressed, and not in a header', async () => {
    const body = JSON.stringify({ error: { message: 'no' } }).replace('no', forms.join(' '));
    for (const encoding of ['identity', 'gzip']) {
      await using api = await recorder(
        (response) =>
          void response
            .writeHead(400, {
              'content-encoding': encoding,
              'x-echo': forms[1],
              'x-latin': 'é',
            })
            .end(encoding === 'gzip' ? gzipSync(body) : body),
      );
      await using local = await localEndpoint(api.url);
      const response = await fetch(`${local.url}/x`, chatBody('m'));
      const text = await response.text();
      expect(JSON.parse(text)).toHaveProperty('error.message');
      for (const form of forms) expect(text).not.toContain(form);
      expect(response.headers.has('x-echo')).toBe(false);
    }
  });

  test('a stream repeats no token, however it is cut into pieces', async () => {
    const text = `data: up ${TOKEN} upstream-${TOKEN}${TOKEN} upstream-token-abcde\n\n`;
    for (const size of [1, 5, 30]) {
      await using api = await recorder((response) => {
        response.writeHead(200, { 'content-length': text.length });
        const pieces = text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
        const next = (): void => {
          const piece = pieces.shift();
          if (piece === undefined) response.end();
          else response.write(piece, () => setImmediate(next));
        };
        next();
      });
      await using local = await localEndpoint(api.url);
      const response = await fetch(`${local.url}/x`, chatBody('m', { stream: true }));
      expect(await response.text()).toBe(text.replaceAll(TOKEN, '*'.repeat(TOKEN.length)));
    }
  });

  const EVENT = '9\r\ndata: 1\n\n\r\n';
  test.each<[what: string, answer: (string | Buffer)[], status: number, there: string | Buffer]>([
    ['204', ['HTTP/1.1 204 No Content\r\n\r\n'], 204, ''],
    [
      'early hints',
      ['HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n', `${CHUNKED}${EVENT}0\r\n\r\n`],
      200,
      'data: 1\n\n',
    ],
    ['trailers', [`${CHUNKED}${EVENT}`, '0\r\nX-Sum: 1\r\n\r\n'], 200, 'data: 1\n\n'],
    ['no length', ['HTTP/1.0 200 OK\r\n\r\n', 'data', ': 1\n\n'], 200, 'data: 1\n\n'],
    ['a length', ['HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\n{}'], 206, '{}'],
  ])('an answer with %s comes whole', async (_, answer, status, there) => {
    await using api = await rawApi(...answer);
    await using local = await localEndpoint(api.url);
    const response = await fetch(`${local.url}/x`, chatBody('m', { stream: true }));
    expect([response.status, await response.text()]).toEqual([status, there]);
    await expect.poll(() => local.served[0]).toMatchObject({ status, broken_by: undefined });
  });

  test.each(['gzip', 'br', 'zstd'])(
    'an answer in %s stays as it is, with its header',
    async (how) => {
      const bytes = gzipSync('{}'.repeat(1000));
      const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${how}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
      await using api = await rawApi(head, bytes.subarray(0, 9), bytes.subarray(9));
      await using local = await localEndpoint(api.url);
      const { body, headers } = await request(`${local.url}/x`, {
        headers: { 'api-key': CLIENT_KEY },
      });
      expect(headers['content-encoding']).toBe(how);
      expect(Buffer.from(await body.arrayBuffer())).toEqual(bytes);
    },
  );

  test.each([301, 302, 303, 307, 308, 304])('a %i is followed to no other host', async (status) => {
    await using other = await recorder(ok);
    await using api = await recorder(
      (response) => void response.writeHead(status, { location: `${other.url}/v1/x` }).end(),
    );
    await using local = await localEndpoint(api.url);
    const response = await fetch(`${local.url}/x`, { ...chatBody('m'), redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([502, null]);
    expect(await response.json()).toMatchObject({ error: { code: 'redirect_refused' } });
    expect(other.seen).toEqual([]);
  });

  test('headers that cannot be sent are left out', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: 世界\r\nX-Kept: yes\r\n\r\n{}';
    await using api = await rawApi(head);
    await using local = await localEndpoint(api.url);
    const response = await fetch(`${local.url}/x`, chatBody('m'));
    expect([await response.text(), response.headers.get('x-kept')]).toEqual(['{}', 'yes']);
  });

  test('a stream that breaks off is reset for HTTP/1.0, where a close would be an end', async () => {
    await using api = await rawApi(CHUNKED, EVENT, '9\r\ndat');
    await using local = await localEndpoint(api.url);
    const { hostname, port } = new URL(local.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /v1/x HTTP/1.0\r\n${KEY}\r\n\r\n`);
    const [error] = await once(socket.resume(), 'error').catch((one: unknown) => [one]);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    const chunked = await raw(local.url, `GET /v1/x HTTP/1.1\r\n${KEY}\r\n\r\n`);
    expect(chunked).toContain('data: 1');
    expect(chunked).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  test('rubbish behind a request ends its stream, and is never answered within it', async () => {
    await using api = await rawApi(CHUNKED + EVENT, '1\r\n.\r\n', '1\r\n.\r\n', '0\r\n\r\n');
    await using local = await localEndpoint(api.url);
    const answer = await raw(local.url, `GET /v1/x HTTP/1.1\r\n${KEY}\r\n\r\nrubbish\r\n\r\n`);
    expect(answer).not.toContain('malformed_request');
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  test('a failure that nobody thought of is a 500, and the next request is answered', async () => {
    await using api = await recorder(ok);
    let broken = true;
    await using local = await localEndpoint(api.url, {
      access: {
        get: async () => {
          if (broken) throw new TypeError('x is not a function');
          return { endpoint: `${api.url}/v1`, bearer: TOKEN, auth_type: 'openai' };
        },
      },
    });
    const response = await fetch(`${local.url}/models`, withKey());
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'unexpected' } });
    broken = false;
    expect((await fetch(`${local.url}/models`, withKey())).status).toBe(200);
  });
});
