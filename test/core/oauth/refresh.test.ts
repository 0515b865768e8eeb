import { expect, test } from 'vitest';
import type { Send } from '../../../src/core/http/message.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { qwenServer } from '../../../src/core/qwen/issuer.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { rawServer } from '../../helpers/raw-server.ts';
import { realClock } from '../../helpers/real-world.ts';
import { scriptedIssuer } from '../../helpers/scripted-issuer.ts';

const grant = { client_id: 'client', refresh_token: 'r', clock: realClock };

/** Ten of its seconds take 20 ms. */
const fastClock = { ...realClock, timeout: () => AbortSignal.timeout(2) };

test('a signal ends a refresh that is still connecting', async () => {
  const controller = new AbortController();
  await using server = await rawServer(() => controller.abort(new Error('SIGINT')));
  const refreshed = refreshGrant({
    ...grant,
    // Nobody answers the TLS handshake.
    findServer: async () => qwenServer(server.url.replace('http:', 'https:')),
    send: createTransport(),
    signal: controller.signal,
  });
  await expect(refreshed).rejects.toThrow('SIGINT');
});

test('a signal that is aborted before a refresh prevents its request', async () => {
  await using world = await scriptedIssuer();
  const signal = AbortSignal.abort(new Error('SIGINT'));
  await expect(refreshGrant({ ...world, ...grant, signal })).rejects.toThrow('SIGINT');
  expect(world.received).toEqual([]);
});

test('a signal does not end a refresh that has been sent', async () => {
  const controller = new AbortController();
  await using world = await scriptedIssuer({ json: { access_token: 'a', token_type: 'Bearer' } });
  const onSent = () => controller.abort(new Error('SIGINT'));
  const token = await refreshGrant({ ...world, ...grant, signal: controller.signal, onSent });
  expect(token).toMatchObject({ access_token: 'a' });
});

test('the error of a refresh that was not sent does not mention a lost answer', async () => {
  await using server = await rawServer(() => {});
  const refreshed = refreshGrant({
    ...grant,
    findServer: async () => qwenServer(server.url.replace('http:', 'https:')),
    send: createTransport(),
    clock: fastClock,
  });
  await expect(refreshed).rejects.toMatchObject({
    code: 'timeout',
    hint: expect.not.stringContaining('lost'),
  });
});

test('the limit of 10 s includes discovery and a transport that ignores the signal', async () => {
  const deaf: Send = () => new Promise(() => {});
  const late = { ...grant, send: deaf, clock: fastClock };
  const timeout = { kind: 'network', code: 'timeout' };
  const findServer = async () => qwenServer('http://127.0.0.1:1');
  await expect(refreshGrant({ ...late, findServer })).rejects.toMatchObject(timeout);
  const never = () => new Promise<never>(() => {});
  await expect(refreshGrant({ ...late, findServer: never })).rejects.toMatchObject(timeout);
});
