import { expect, test } from 'vitest';
import { readText } from '../../../src/core/http/body.ts';
import { type Retry, RETRY_AFTER_CAP, withRetries } from '../../../src/core/http/retry.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { loopback } from '../../helpers/loopback.ts';

/** Jitter in the middle of its range. */
const random = { bytes: (n: number) => new Uint8Array(n), uuid: () => '', uniform: () => 0.5 };
const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });

/** A server that plays `answers` one after the other and then says 200. */
async function scripted(...answers: [status: number, headers?: Record<string, string>][]) {
  let hits = 0;
  const server = await loopback((_, response) => {
    const [status, headers] = answers[hits] ?? [200];
    hits += 1;
    response.writeHead(status, headers).end(`answer ${hits}`);
  });
  return { ...server, hits: () => hits };
}

test.each([429, 500, 502, 503, 504])(
  'a response of %d is retried twice at most',
  async (status) => {
    await using server = await scripted([status], [status], [status]);
    const clock = new FakeClock();
    const response = await withRetries(createTransport(), { clock, random })(get(server.url));
    expect([response.status, await readText(response)]).toEqual([status, 'answer 3']);
    expect(clock.sleeps).toEqual([500, 1000]);
  },
);

test.each([400, 401, 403, 404, 405, 501])('a response of %d is not retried', async (status) => {
  await using server = await scripted([status]);
  const clock = new FakeClock();
  const response = await withRetries(createTransport(), { clock, random })(get(server.url));
  expect([response.status, server.hits(), clock.sleeps]).toEqual([status, 1, []]);
});

test('a Retry-After date in the past does not remove the usual delay', async () => {
  const clock = new FakeClock();
  const passed = new Date(clock.now() - 60_000).toUTCString();
  await using server = await scripted(
    [429, { 'retry-after': passed }],
    [503, { 'retry-after': '-5' }],
    [200],
  );
  await withRetries(createTransport(), { clock, random })(get(server.url));
  expect(clock.sleeps).toEqual([500, 1000]);
});

test('a retry waits for Retry-After in seconds or as a date, one minute at most', async () => {
  const clock = new FakeClock();
  const date = new Date(clock.now() + 7000 + 500).toUTCString();
  await using server = await scripted(
    [429, { 'retry-after': '3' }],
    [503, { 'retry-after': date }],
    [503, { 'retry-after': '86400' }],
    [503, { 'retry-after': 'soon' }],
  );
  const retries: Retry[] = [];
  const send = withRetries(createTransport(), {
    clock,
    random,
    max_retries: 4,
    onRetry: (retry) => retries.push(retry),
  });
  expect((await send(get(server.url))).status).toBe(200);
  expect(clock.sleeps[0]).toBe(3000);
  // The date has whole seconds and 3 s have passed.
  expect(clock.sleeps[1]).toBeGreaterThanOrEqual(3500);
  expect(clock.sleeps[1]).toBeLessThanOrEqual(4500);
  expect(clock.sleeps.slice(2)).toEqual([RETRY_AFTER_CAP, 4000]);
  const reason = `${new URL(server.url).host} answered HTTP 429`;
  expect(retries[0]).toEqual({ delay_ms: 3000, reason });
});

test('a permanent refusal is not retried', async () => {
  await using server = await scripted([429]);
  const clock = new FakeClock();
  const permanent = (status: number, body: string) => status === 429 && body === 'answer 1';
  const response = await withRetries(createTransport(), { clock, random, permanent })(
    get(server.url),
  );
  expect([response.status, await readText(response)]).toEqual([429, 'answer 1']);
  expect(clock.sleeps).toEqual([]);
});

test('a reset connection is retried, a time-out is not', async () => {
  let hits = 0;
  await using server = await loopback((request, response) => {
    hits += 1;
    if (hits === 1) request.socket.destroy();
    else if (hits === 2) response.end('here');
  });
  const clock = new FakeClock();
  const send = withRetries(createTransport({ timeouts: { headers: 1000 } }), { clock, random });
  expect(await readText(await send(get(server.url)))).toBe('here');
  await expect(send(get(server.url))).rejects.toMatchObject({ code: 'headers_timeout' });
  expect(hits).toBe(3);
});

test('a refused connection fails after the last retry', async () => {
  const server = await loopback(() => {});
  await server[Symbol.asyncDispose]();
  const clock = new FakeClock();
  const send = withRetries(createTransport(), { clock, random, max_retries: 1 });
  await expect(send(get(server.url))).rejects.toMatchObject({ code: 'connection_refused' });
  expect(clock.sleeps).toHaveLength(1);
});
