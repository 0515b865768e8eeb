import { describe, expect, it, test } from 'vitest';
import { fixedAccess } from '../../../src/core/api/access.ts';
import { createApiRequest } from '../../../src/core/api/request.ts';
import { judgeRefusal } from '../../../src/core/api/refusal.ts';
import { readText } from '../../../src/core/http/body.ts';
import { type Judge, type Retry, withRetries } from '../../../src/core/http/retry.ts';
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

test.each([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529])(
  'a response of %d is retried twice at most',
  async (status) => {
    await using server = await scripted([status], [status], [status]);
    const clock = new FakeClock();
    const response = await withRetries(createTransport(), { clock, random })(get(server.url));
    expect([response.status, await readText(response)]).toEqual([status, 'answer 3']);
    expect(clock.sleeps).toEqual([500, 1000]);
  },
);

test.each([400, 401, 403, 404, 405, 409, 501, 505, 525])(
  'a response of %d is not retried',
  async (status) => {
    await using server = await scripted([status]);
    const clock = new FakeClock();
    const response = await withRetries(createTransport(), { clock, random })(get(server.url));
    expect([response.status, server.hits(), clock.sleeps]).toEqual([status, 1, []]);
  },
);

test.each([-1, Number.NaN, 1.5, 'abc' as never])(
  'retries end although their number is %s, which is no count',
  async (max_retries) => {
    let hits = 0;
    await using server = await loopback((_, response) => {
      hits += 1;
      response.writeHead(hits < 20 ? 503 : 200).end();
    });
    const options = { clock: new FakeClock(), random, max_retries };
    const { status } = await withRetries(createTransport(), options)(get(server.url));
    expect([status, hits]).toEqual([503, max_retries === 1.5 ? 3 : 1]);
  },
);

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

test('a retry waits for Retry-After in seconds or as a date', async () => {
  const clock = new FakeClock();
  const date = new Date(clock.now() + 7000 + 500).toUTCString();
  await using server = await scripted(
    [429, { 'retry-after': '3' }],
    [503, { 'retry-after': date }],
    [503, { 'retry-after': 'soon' }],
  );
  const retries: Retry[] = [];
  const send = withRetries(createTransport(), {
    clock,
    random,
    max_retries: 3,
    onRetry: (retry) => retries.push(retry),
  });
  expect((await send(get(server.url))).status).toBe(200);
  expect(clock.sleeps[0]).toBe(3000);
  // The date has whole seconds and 3 s have passed.
  expect(clock.sleeps[1]).toBeGreaterThanOrEqual(3500);
  expect(clock.sleeps[1]).toBeLessThanOrEqual(4500);
  expect(clock.sleeps.slice(2)).toEqual([2000]);
  const reason = `${new URL(server.url).host} answered HTTP 429`;
  expect(retries[0]).toEqual({ delay_ms: 3000, reason });
});

test.each<[status: number, headers: Record<string, string>, body: string, sleeps: number[]]>([
  [409, { 'retry-after': '1' }, '', [1000]],
  [409, {}, '{"error":{"message":"The thread is locked by another run"}}', [500]],
  [409, {}, '{"error":{"message":"Conflict: the name is taken"}}', []],
  [409, { 'x-should-retry': 'true' }, '', [500]],
  [400, { 'x-should-retry': 'true' }, '', [500]],
  [503, { 'x-should-retry': 'false' }, '', []],
  [429, { 'x-should-retry': 'false', 'retry-after': '1' }, '', []],
  [429, { 'retry-after-ms': '150', 'retry-after': '9' }, '', [150]],
  [429, { 'retry-after-ms': 'soon', 'retry-after': '2' }, '', [2000]],
  [429, {}, '[{"error":{"details":[{"retryDelay": "1.5s"}]}}]', [1500]],
  [429, {}, '[{"error":{"details":[{"retryDelay": "86400s"}]}}]', []],
  [429, { 'retry-after': '2' }, '{"retryDelay":"9s"}', [2000]],
])('after %d with %j and the body %s the waits are %j', async (status, headers, body, sleeps) => {
  let hits = 0;
  await using server = await loopback((_, response) => {
    hits += 1;
    if (hits === 1) response.writeHead(status, headers).end(body);
    else response.end('here');
  });
  const clock = new FakeClock();
  const response = await withRetries(createTransport(), { clock, random })(get(server.url));
  expect(response.status).toBe(sleeps.length === 0 ? status : 200);
  expect(await readText(response)).toBe(sleeps.length === 0 ? body : 'here');
  expect(clock.sleeps).toEqual(sleeps);
});

describe('a model that is loading', () => {
  const loading = '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}';

  it('is waited for without a retry, with one notice', async () => {
    let hits = 0;
    await using server = await loopback((_, response) => {
      hits += 1;
      if (hits <= 40) response.writeHead(503).end(loading);
      else response.end('here');
    });
    const clock = new FakeClock();
    const waits: object[] = [];
    const send = withRetries(createTransport(), {
      clock,
      random,
      max_retries: 0,
      judge: judgeRefusal,
      onLoading: (wait) => waits.push(wait),
    });
    const request = { ...get(server.url), default_timeouts: { headers: 600_000 } };
    expect(await readText(await send(request))).toBe('here');
    expect(clock.sleeps).toEqual(Array.from({ length: 40 }, () => 2000));
    expect(waits).toEqual([{ host: new URL(server.url).host, limit_ms: 600_000 }]);
  });

  it('is waited for as long as for a first byte, and the error names more time', async () => {
    await using server = await loopback((_, response) => {
      response.writeHead(503, { 'retry-after': '25' }).end(loading);
    });
    const clock = new FakeClock();
    const options = { clock, random, judge: judgeRefusal };
    await expect(withRetries(createTransport(), options)(get(server.url))).rejects.toMatchObject({
      kind: 'network',
      code: 'headers_timeout',
      message: expect.stringMatching(/did not finish loading the model within 1m$/),
      hint: 'Try again, or allow more time: --timeout 2m',
    });
    expect(clock.sleeps).toEqual([25_000, 25_000, 10_000]);
    const timeouts = { headers: 5000 };
    const send = withRetries(createTransport(), { ...options, timeouts });
    await expect(send(get(server.url))).rejects.toMatchObject({ code: 'headers_timeout' });
    expect(clock.sleeps.slice(3)).toEqual([5000]);
  });
});

test('a permanent refusal is not retried', async () => {
  await using server = await scripted([429]);
  const clock = new FakeClock();
  const judge: Judge = (status, body) =>
    status === 429 && body === 'answer 1' ? 'final' : 'passing';
  const response = await withRetries(createTransport(), { clock, random, judge })(get(server.url));
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

test.each([
  [429, { 'retry-after': '3600' }],
  [503, { 'retry-after': 'Fri, 15 Jan 2027 09:00:00 GMT' }],
  [429, { 'retry-after-ms': '3600000' }],
])(
  'a server that is busy for an hour (%i %j) is not asked again, and says until when',
  async (status, headers) => {
    await using server = await scripted([status, headers]);
    const clock = new FakeClock();
    const options = { clock, random, timeText: (at: number) => `at ${new Date(at).toISOString()}` };
    const request = createApiRequest({
      send: withRetries(createTransport(), options),
      access: fixedAccess(server.url, 'key'),
      user_agent: 'test',
    });
    await expect(request({ method: 'GET', path: '/models' })).rejects.toMatchObject({
      status,
      message: expect.stringMatching(/ \(it accepts requests again at 2027-01-15T09:00:00.000Z\)$/),
      hint: expect.stringMatching(status === 429 ? /^Try again then/ : /try again later/),
    });
    expect(clock.sleeps).toEqual([]);
  },
);

test.each(['1000000000000', '9'.repeat(50), '9'.repeat(400)])(
  'a server that is busy for %s s is busy for more than a year',
  async (seconds) => {
    await using server = await scripted([429, { 'retry-after': seconds }]);
    const clock = new FakeClock();
    const timeText = (at: number) => new Date(at).toISOString();
    const send = withRetries(createTransport(), { clock, random, timeText });
    const { busy_until } = await send(get(server.url));
    expect([busy_until, clock.sleeps]).toEqual(['in more than a year', []]);
  },
);
