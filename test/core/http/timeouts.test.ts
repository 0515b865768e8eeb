import { expect, test } from 'vitest';
import { parseDuration } from '../../../src/core/number.ts';
import { postForm } from '../../../src/core/oauth/form.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { DEFAULT_TIMEOUTS, timeoutError, type Wait } from '../../../src/core/http/timeouts.ts';
import { timeoutsOf } from '../../../src/core/settings/settings.ts';
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

test('the time-out of the user replaces the default of a login, longer or shorter', async () => {
  await using server = await loopback(() => {});
  const short = createTransport({ timeouts: asked('300ms') });
  const start = performance.now();
  await expect(postForm({ url: server.url, form: {}, send: short })).rejects.toMatchObject({
    code: 'headers_timeout',
    message: expect.stringMatching(/within 300ms$/),
  });
  expect(performance.now() - start).toBeLessThan(3000);
});

test('a limit of a request wins over the limit of the user', async () => {
  await using server = await loopback(() => {});
  const send = createTransport({ timeouts: asked('1m') });
  const request = { method: 'GET' as const, url: server.url, headers: {} };
  await expect(send({ ...request, timeouts: { headers: 250 } })).rejects.toMatchObject({
    code: 'headers_timeout',
  });
});

test('connecting counts towards the limit for the first byte', async () => {
  await using server = await rawServer(() => {});
  const url = server.url.replace('http:', 'https:');
  // Long enough for a busy machine to connect, so that the handshake is what has not ended.
  const send = createTransport({ timeouts: { headers: 1000 } });
  await expect(send({ method: 'GET', url, headers: {} })).rejects.toMatchObject({
    code: 'connect_timeout',
    message: expect.stringMatching(/did not finish the TLS handshake within 1s$/),
  });
});
