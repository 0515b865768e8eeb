import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { AuthError } from '../../../src/core/errors.ts';
import {
  chatBody,
  CLIENT_KEY,
  deferred,
  localEndpoint,
  ok,
  recorder,
  TOKEN,
  withKey,
} from '../../helpers/local-endpoint.ts';

describe('failures behind the endpoint of serve', () => {
  test('a 401 renews the token once, and clients at the same time share one renewal', async () => {
    let renewals = 0;
    let bearer = TOKEN;
    await using api = await recorder((response, { headers }) => {
      if (headers.authorization === 'Bearer new-token-123') ok(response);
      else response.writeHead(401).end('{"error":{"message":"expired"}}');
    });
    await using local = await localEndpoint(api.url, {
      access: {
        get: async () => ({ endpoint: `${api.url}/v1`, bearer, auth_type: 'openai' }),
        renew: async ({ endpoint, bearer: rejected }) => {
          // As a session: another request has renewed it already.
          if (rejected !== bearer) return { endpoint, bearer, auth_type: 'openai' };
          renewals += 1;
          await new Promise((resolve) => setImmediate(resolve));
          bearer = 'new-token-123';
          return { endpoint, bearer, auth_type: 'openai' };
        },
      },
    });
    const ask = () => fetch(`${local.url}/chat/completions`, chatBody('m'));
    const statuses = await Promise.all(Array.from({ length: 20 }, ask));
    expect(statuses.every(({ status }) => status === 200)).toBe(true);
    expect(renewals).toBe(1);
  });

  test('a failure that can pass is repeated before the first byte, and a streamed body is not', async () => {
    let asked = 0;
    await using api = await recorder((response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end('{}');
      else ok(response);
    });
    await using local = await localEndpoint(api.url, { max_retries: 2 });
    expect((await fetch(`${local.url}/embeddings`, chatBody('m'))).status).toBe(200);
    asked = 0;
    const body = Buffer.alloc(2 * 1024 * 1024);
    const large = await fetch(`${local.url}/files`, withKey({ method: 'POST', body }));
    expect([large.status, asked]).toEqual([503, 1]);
  });

  test('an error of the API comes back with its status and without the token', async () => {
    await using api = await recorder(
      (response) =>
        void response
          .writeHead(400, { 'x-echo': `Bearer ${TOKEN}`, 'set-cookie': 'a=b' })
          .end(`{"error":{"message":"bad token ${TOKEN}"}}`),
    );
    await using local = await localEndpoint(api.url);
    const response = await fetch(`${local.url}/x`, chatBody('m'));
    expect(response.status).toBe(400);
    expect([response.headers.get('x-echo'), response.headers.get('set-cookie')]).toEqual([
      null,
      null,
    ]);
    expect(await response.text()).toBe('{"error":{"message":"bad token [redacted]"}}');
  });

  test('a dead login is an error object with what to do, and goes on after a new login', async () => {
    let dead = true;
    await using api = await recorder(ok);
    await using local = await localEndpoint(api.url, {
      access: {
        get: async () => {
          if (dead)
            throw new AuthError('Not signed in', { code: 'not_signed_in', hint: 'qwen-demo auth' });
          return { endpoint: `${api.url}/v1`, bearer: TOKEN, auth_type: 'openai' };
        },
      },
    });
    const refused = await fetch(`${local.url}/models`, withKey());
    expect(refused.status).toBe(401);
    expect(await refused.json()).toEqual({
      error: {
        message: 'Not signed in. qwen-demo auth',
        type: 'authentication_error',
        param: null,
        code: 'not_signed_in',
      },
    });
    dead = false;
    expect((await fetch(`${local.url}/models`, withKey())).status).toBe(200);
  });

  test('an API that is not there is a 502 with an error object', async () => {
    await using local = await localEndpoint('http://127.0.0.1:9');
    const response = await fetch(`${local.url}/models`, withKey());
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'connection_refused' } });
  });

  test.each(['chunked', 'with a length'])(
    'a stream that breaks off (%s) breaks off for the client too',
    async (how) => {
      await using api = await recorder((response) => {
        response.writeHead(200, how === 'chunked' ? {} : { 'content-length': '1000' });
        response.write('data: {}\n\n', () => setTimeout(() => response.destroy(), 20));
      });
      await using local = await localEndpoint(api.url);
      const response = await fetch(
        `${local.url}/chat/completions`,
        chatBody('m', { stream: true }),
      );
      await expect(response.text()).rejects.toThrow();
      expect(local.served[0]).toMatchObject({ status: 200, broken_by: 'endpoint' });
    },
  );

  test('a client that hangs up ends the request at the API at once', async () => {
    const closed = deferred<void>();
    await using api = await recorder((response) => {
      response.once('close', () => closed.resolve());
      response.writeHead(200).write('data: {}\n\n');
    });
    await using local = await localEndpoint(api.url);
    const hangUp = new AbortController();
    const init = { ...chatBody('m', { stream: true }), signal: hangUp.signal };
    const response = await fetch(`${local.url}/chat/completions`, init);
    await response.body?.getReader().read();
    hangUp.abort();
    await closed.promise;
    await expect.poll(() => local.served[0]).toMatchObject({ broken_by: 'client' });
  });

  test('a client that reads slowly slows the API down', async () => {
    let written = 0;
    await using api = await recorder((response) => {
      response.writeHead(200);
      const part = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed) {
          written += part.byteLength;
          if (!response.write(part)) return void response.once('drain', more);
        }
      };
      more();
    });
    await using local = await localEndpoint(api.url);
    const { hostname, port } = new URL(local.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ model: 'm' });
    socket.write(
      `POST /v1/x HTTP/1.1\r\nHost: localhost\r\napi-key: ${CLIENT_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await once(socket, 'readable');
    let before = -1;
    await expect
      .poll(() => [before === written, (before = written)][0], { interval: 100, timeout: 5000 })
      .toBe(true);
    expect(written).toBeLessThan(30 * 1024 * 1024);
    socket.destroy();
  });
});

test('tokens and the first token are read from what passes', async () => {
  await using api = await recorder(
    (response) =>
      void response
        .writeHead(200)
        .end(
          'data: {"choices":[{"delta":{"content":"hi"}}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":340}}\n\ndata: [DONE]\n\n',
        ),
  );
  await using local = await localEndpoint(api.url);
  await (await fetch(`${local.url}/chat/completions`, chatBody('m', { stream: true }))).text();
  await expect
    .poll(() => local.served[0])
    .toMatchObject({
      model: 'm',
      prompt_tokens: 12,
      completion_tokens: 340,
      first_token_ms: expect.any(Number),
    });
});

test('a request in flight ends while the endpoint drains, and new ones get 503', async () => {
  const open = deferred<ServerResponse>();
  await using api = await recorder((response) => {
    response.writeHead(200).write('data: 1\n\n');
    open.resolve(response);
  });
  await using local = await localEndpoint(api.url);
  const { hostname, port } = new URL(local.url);
  const socket = connect(Number(port), hostname);
  const ask = (path: string) =>
    socket.write(`GET /v1/${path} HTTP/1.1\r\nHost: localhost\r\napi-key: ${CLIENT_KEY}\r\n\r\n`);
  ask('first');
  const upstream = await open.promise;
  const drained = local.drain(30_000);
  // On the connection that is still in use: all others are closed.
  ask('second');
  await expect.poll(() => local.served.length).toBe(1);
  upstream.end('data: 2\n\n');
  const seen = await text(socket);
  expect(seen).toMatch(/200 OK[^]*data: 1\n\n[^]*data: 2\n\n[^]*503 [^]*"ending"/);
  expect(await drained).toBe(0);
  expect(local.served).toMatchObject([{ status: 503 }, { status: 200 }]);
});

test('a client that reads nothing is cut off when the time to drain is over', async () => {
  await using api = await recorder((response) => {
    response.writeHead(200).end(Buffer.alloc(16 * 1024 * 1024));
  });
  await using local = await localEndpoint(api.url);
  const { hostname, port } = new URL(local.url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  socket.write(`GET /v1/x HTTP/1.1\r\nHost: localhost\r\napi-key: ${CLIENT_KEY}\r\n\r\n`);
  await once(socket, 'readable');
  expect(await local.drain(50)).toBe(1);
  expect(local.served[0]).toMatchObject({ status: 200, broken_by: 'signal' });
  socket.destroy();
});
