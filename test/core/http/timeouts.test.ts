import { expect, test } from 'vitest';
import { fixedAccess } from '../../../src/core/api/access.ts';
import { createApiRequest } from '../../../src/core/api/request.ts';
import { createChat } from '../../../src/core/chat/client.ts';
import { readText } from '../../../src/core/http/body.ts';
import type { HttpRequest } from '../../../src/core/http/message.ts';
import { parseDuration } from '../../../src/core/number.ts';
import { postForm, STEPS } from '../../../src/core/oauth/form.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import {
  DEFAULT_TIMEOUTS,
  limitsOf,
  timeoutError,
  type Wait,
} from '../../../src/core/http/timeouts.ts';
import { timeoutsOf } from '../../../src/core/settings/settings.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { loopback } from '../../helpers/loopback.ts';
import { rawServer } from '../../helpers/raw-server.ts';

const asked = (value: string) => timeoutsOf(parseDuration(value));

/** The limit that applies to a wait. */
function limitOf(wait: Wait, set: ReturnType<typeof asked>): number {
  const all = { ...DEFAULT_TIMEOUTS, ...set };
  if (wait === 'headers' || wait === 'body') return all[wait];
  return Math.min(all.connect, all.headers);
}

test.each(
  (['connect', 'CONNECT', 'TLS', 'headers', 'body'] as const).flatMap((wait) =>
    [undefined, '1ms', '500ms', '1s', '9s', '10s', '29s', '45s', '90s', '1h'].map(
      (value) => [wait, value] as const,
    ),
  ),
)('the hint of a time-out of %s with --timeout %s suggests a longer time', (wait, value) => {
  const set = value === undefined ? {} : asked(value);
  const all = { ...DEFAULT_TIMEOUTS, ...set };
  const error = timeoutError(wait, { name: 'api.example' }, all);
  const hinted = /--timeout (\S+)$/.exec(error.hint ?? '')?.[1];
  expect(error.message).toMatch(/^api\.example .* within \d+(ms|s|m)$/);
  if (hinted === undefined) {
    // Longer than 30 s is not to be had.
    expect(limitOf(wait, asked('24h'))).toBe(limitOf(wait, set));
    return;
  }
  expect(parseDuration(hinted)).toBeGreaterThan(0);
  expect(limitOf(wait, asked(hinted))).toBeGreaterThan(limitOf(wait, set));
});

test.concurrent('late content has the limit of the first byte until it begins, then that of the body', async () => {
  await using server = await loopback((request, response) => {
    response.write(': a head and a comment come before any content\n\n');
    if (request.url === '/begun') response.write('content');
  });
  const send = createTransport({ timeouts: { headers: 1000, body: 100 } });
  const request = { method: 'GET' as const, headers: {}, late_content: true };
  await expect(readText(await send({ ...request, url: server.url }))).rejects.toMatchObject({
    code: 'headers_timeout',
    message: expect.stringMatching(/did not begin to answer within 1s$/),
  });
  const begun = await send({ ...request, url: `${server.url}/begun` });
  begun.progressed?.();
  await expect(readText(begun)).rejects.toMatchObject({ code: 'body_timeout' });
});

test('an answer of a model has 10 minutes to begin, and the error names 20 minutes', async () => {
  const asked: HttpRequest[] = [];
  const request = createApiRequest({
    send: async (one) => {
      asked.push(one);
      throw timeoutError('headers', { name: 'api.example' }, limitsOf(one, {}));
    },
    access: fixedAccess('http://api.example/v1', undefined),
    user_agent: 'test',
  });
  const chat = createChat({ request, clock: new FakeClock() });
  const question = { model: 'm', messages: [], stream: false };
  await expect(chat(question)).rejects.toMatchObject({
    message: 'api.example did not begin to answer within 10m',
    hint: 'Try again, or allow more time: --timeout 20m',
  });
  await expect(request({ method: 'GET', path: '/models' })).rejects.toMatchObject({
    message: 'api.example did not begin to answer within 1m',
  });
  expect(asked[0]?.late_content).toBe(true);
  expect(JSON.parse(String(asked[0]?.body))).toMatchObject({ stream: false });
  expect(limitsOf(asked[0]!, timeoutsOf(1000)).headers).toBe(1000);
});

test.concurrent('the time-out of the user replaces the default of a login, longer or shorter', async () => {
  await using server = await loopback(() => {});
  const short = createTransport({ timeouts: asked('1s') });
  const start = performance.now();
  await expect(
    postForm({ url: server.url, form: {}, step: STEPS.poll, send: short }),
  ).rejects.toMatchObject({
    code: 'headers_timeout',
    message: expect.stringMatching(/within 1s$/),
  });
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.concurrent('a limit of a request wins over the limit of the user', async () => {
  await using server = await loopback(() => {});
  const send = createTransport({ timeouts: asked('1m') });
  const request = { method: 'GET' as const, url: server.url, headers: {} };
  await expect(send({ ...request, timeouts: { headers: 1000 } })).rejects.toMatchObject({
    code: 'headers_timeout',
  });
});

test.concurrent('connecting counts towards the limit for the first byte', async () => {
  await using server = await rawServer(() => {});
  const url = server.url.replace('http:', 'https:');
  // Long enough for a busy machine to connect, so that the handshake is what has not ended.
  const send = createTransport({ timeouts: { headers: 1000 } });
  await expect(send({ method: 'GET', url, headers: {} })).rejects.toMatchObject({
    code: 'connect_timeout',
    message: expect.stringMatching(/did not finish the TLS handshake within 1s$/),
  });
});
