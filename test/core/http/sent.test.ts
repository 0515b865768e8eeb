import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createTransport } from '../../../src/core/http/transport.ts';
import { loopback } from '../../helpers/loopback.ts';
import { rawServer } from '../../helpers/raw-server.ts';

/** How often `onSent` is called for one request that fails, and what had happened at the first call. */
async function sentTo(
  url: string,
  options: Parameters<typeof createTransport>[0] = {},
  signal?: AbortSignal,
): Promise<number> {
  let calls = 0;
  const request = { method: 'POST' as const, url, headers: {}, body: 'x', signal };
  const answer = createTransport(options)({ ...request, onSent: () => (calls += 1) });
  await expect(answer).rejects.toThrow();
  return calls;
}

test('onSent is called once for a server that accepts and never answers', async () => {
  const controller = new AbortController();
  await using server = await loopback(() => controller.abort(new Error('enough')));
  expect(await sentTo(server.url, {}, controller.signal)).toBe(1);
});

test('onSent is called before the answer arrives', async () => {
  const order: string[] = [];
  await using server = await loopback((_, response) => response.end());
  const onSent = () => order.push('sent');
  await createTransport()({ method: 'GET', url: server.url, headers: {}, onSent });
  order.push('answered');
  expect(order).toEqual(['sent', 'answered']);
});

test('onSent is not called for a refused connection', async () => {
  const server = await loopback(() => {});
  await server[Symbol.asyncDispose]();
  expect(await sentTo(server.url)).toBe(0);
});

test('onSent is not called while a TLS handshake hangs', async () => {
  await using server = await rawServer(() => {});
  const url = server.url.replace('http:', 'https:');
  expect(await sentTo(url, { timeouts: { connect: 1000 } })).toBe(0);
});

test('onSent is not called for a request that is aborted while it connects', async () => {
  const controller = new AbortController();
  await using server = await rawServer((socket) => {
    void once(socket, 'data').then(() => controller.abort(new Error('enough')));
  });
  const url = server.url.replace('http:', 'https:');
  expect(await sentTo(url, { timeouts: { connect: 1000 } }, controller.signal)).toBe(0);
});
