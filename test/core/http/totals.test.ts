import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { fixedAccess } from '../../../src/core/api/access.ts';
import { createApiRequest } from '../../../src/core/api/request.ts';
import { judgeRefusal } from '../../../src/core/api/refusal.ts';
import type { Chat } from '../../../src/core/chat/answer.ts';
import { createChat } from '../../../src/core/chat/client.ts';
import { readText } from '../../../src/core/http/body.ts';
import { withRetries } from '../../../src/core/http/retry.ts';
import { createTransport, preloadTransport } from '../../../src/core/http/transport.ts';
import { listModels } from '../../../src/core/models/list.ts';
import { discover } from '../../../src/core/oauth/discovery.ts';
import { pollForToken } from '../../../src/core/oauth/poll.ts';
import { postForm, STEPS } from '../../../src/core/oauth/form.ts';
import { timeoutsOf } from '../../../src/core/settings/settings.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { type RawServer, rawServer } from '../../helpers/raw-server.ts';
import { realClock, realRandom } from '../../helpers/real-world.ts';

/** What a server does: what it sends at once, and then again and again. */
interface Script {
  head: string;
  again?: string;
  /** Closes the connection after the head. */
  cut?: boolean;
}

/** A script under its own URL, and how often that was asked. */
interface Scripted extends Script {
  requests: number;
}

const scripts: Scripted[] = [];
let server: RawServer;

/** The URL of a new script. */
function serve(script: Script): { url: string; script: Scripted } {
  const scripted = { ...script, requests: 0 };
  const number = scripts.push(scripted) - 1;
  return { url: `${server.url}/${number}`, script: scripted };
}

beforeAll(async () => {
  // On a busy machine loading it takes as long as the limits below.
  await preloadTransport();
  server = await rawServer((socket) => {
    socket.on('data', (bytes) => {
      const number = / \/(?:\.well-known\/[\w-]+\/)?(\d+)/.exec(String(bytes))?.[1];
      const script = scripts[Number(number)];
      if (script === undefined) return;
      script.requests += 1;
      play(socket, script);
    });
  });
});
afterAll(() => server[Symbol.asyncDispose]());

function play(socket: Socket, { head, again, cut = false }: Script): void {
  socket.write(head);
  if (cut) socket.end();
  if (again === undefined) return;
  const timer = setInterval(() => socket.write(again), 10);
  socket.once('close', () => clearInterval(timer));
}

const head = (status: string, ...more: string[]) =>
  [`HTTP/1.1 ${status}`, 'content-length: 99999999', ...more, '', ''].join('\r\n');
const OK = head('200 OK', 'content-type: application/json');

const DRIP: Script = { head: `${OK}{"a":`, again: ' ' };
const HINTS: Script = { head: '', again: 'HTTP/1.1 103 Early Hints\r\n\r\n' };
const send = () => createTransport({ timeouts: timeoutsOf(1000) });
const requestTo = (url: string, sending = send()) =>
  createApiRequest({
    send: sending,
    access: fixedAccess(url, 'key'),
    user_agent: 'test',
  });

/** The device code of a login that began just now and is good for `ms` milliseconds. */
const pollAt = (url: string, ms: number) =>
  pollForToken({
    client_id: 'client',
    server: { token_endpoint: url },
    device: {
      device_code: 'code',
      user_code: 'A',
      verification_uri: url,
      code_verifier: 'verifier',
      interval: 0.01,
      expires_at: Date.now() + ms,
    },
    send: createTransport(),
    clock: realClock,
  });

describe.concurrent.each([
  ['drips for ever', DRIP, /^127\S+ did not end its answer within 1s$/],
  ['announces an answer for ever', HINTS, /^127\S+ did not begin to answer within 1s$/],
])('an exchange with a server that %s ends', (_, played, message) => {
  it.each<[string, (url: string) => Promise<unknown>]>([
    ['of the list of models', (url) => listModels({ request: requestTo(url), known: [] })],
    ['of a login', (url) => postForm({ url, form: {}, step: STEPS.poll, send: send() })],
  ])('%s', async (_what, exchange) => {
    const failed = { kind: 'network', message: expect.stringMatching(message) };
    await expect(exchange(serve(played).url)).rejects.toMatchObject(failed);
  });

  it('of the metadata of an issuer, at each of its places', async () => {
    const found = discover({ issuer: serve(played).url, send: send() });
    await expect(found).rejects.toThrow(/within 1s/);
  });

  it('of a poll, with its code', async () => {
    const { url, script } = serve(played);
    await expect(pollAt(url, 1000)).rejects.toMatchObject({
      code: 'expired_token',
      cause: { code: 'timeout' },
    });
    expect(script.requests).toBeLessThan(2);
  });
});

const chunk = (delta: object) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
const STREAM = head('200 OK', 'content-type: text/event-stream');
const question = { model: 'm', messages: [], stream: true };
const HELLO = chunk({ content: 'hello' });

describe.concurrent('a stream without content', () => {
  const ask = (url: string, options?: Parameters<Chat>[1]) => {
    const request = requestTo(url, createTransport({ timeouts: { headers: 2000, body: 1000 } }));
    return createChat({ request, clock: realClock })(question, options);
  };
  const call = (fields: object) => chunk({ tool_calls: [{ index: 0, id: 'a', ...fields }] });

  it.each([
    [': ping\n\n'],
    ['data: {}\n\n'],
    ['data: ping\n\n'],
    ['event: ping\ndata: {"type":"ping"}\n\n'],
    [chunk({})],
    [chunk({ content: '' })],
    [chunk({ role: 'assistant' })],
    [chunk({ heartbeat: 'x' })],
    ['data: {"choices":[],"created":1}\n\n'],
  ])('ends at the limit of the first byte, after content at that of silence: %j', async (again) => {
    await Promise.all([
      expect(ask(serve({ head: STREAM, again }).url)).rejects.toMatchObject({
        code: 'headers_timeout',
      }),
      expect(ask(serve({ head: STREAM + HELLO, again }).url)).rejects.toMatchObject({
        code: 'body_timeout',
        message: expect.stringMatching(/nothing of it came within 1s$/),
      }),
    ]);
  });

  it.each([
    ['the same tool call', call({ function: { name: 'f', arguments: '' } })],
    ['the text of a server that sends it whole', chunk({ content: 'hello you there' })],
  ])('ends also if it repeats %s', async (_, again) => {
    const before = ['hello', 'hello you'].map((content) => chunk({ content })).join('');
    const { url } = serve({ head: STREAM + before + again, again });
    await expect(ask(url)).rejects.toMatchObject({ code: 'body_timeout' });
  });

  it('lives while content comes, however slowly it is read', async () => {
    let count = 0;
    const answer = ask(serve({ head: STREAM, again: HELLO }).url, {
      async onDelta() {
        count += 1;
        if (count === 2) await realClock.sleep(1500);
        if (count > 50) throw new Error('enough');
      },
    });
    await expect(answer).rejects.toThrow('enough');
  });
});

describe.concurrent('a refusal keeps its status, its class and its retries if its body', () => {
  const BUSY = head('503 Service Unavailable');
  const text = '{"error":{"message":"overl';
  const encoded = (encoding: string) =>
    head('503 Service Unavailable', `content-encoding: ${encoding}`);
  it.each<[string, Script]>([
    ['is cut off', { head: BUSY + text, cut: true }],
    ['does not come', { head: BUSY }],
    ['drips', { head: BUSY + text, again: 'o' }],
    ['has no end', { head: BUSY + text, again: 'o'.repeat(400_000) }],
    ['is compressed in an unknown way', { head: encoded('rot13') }],
    ['is not compressed as it says', { head: `${encoded('br')}no brotli` }],
    ['is malformed', { head: 'HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n' }],
  ])('%s', async (_, played) => {
    const { url, script } = serve(played);
    const options = { clock: new FakeClock(), random: realRandom, judge: judgeRefusal };
    const timeouts = { ...timeoutsOf(100), headers: 5000, connect: 5000 };
    const request = requestTo(url, withRetries(createTransport({ timeouts }), options));
    const chat = createChat({ request, clock: realClock });
    await expect(chat(question)).rejects.toMatchObject({ kind: 'api', status: 503 });
    expect(script.requests).toBe(3);
  });

  it('is cut off, also at a poll', async () => {
    const { url } = serve({ head: head('500 No'), cut: true });
    await expect(pollAt(url, 3000)).rejects.toMatchObject({ cause: { status: 500 } });
  });
});

test('a body that nobody reads ends at its limit without an uncaught error', async () => {
  const timeouts = { ...timeoutsOf(250), headers: 5000, connect: 5000 };
  const send = createTransport({ timeouts });
  const response = await send({ method: 'GET', url: serve({ head: OK }).url, headers: {} });
  await realClock.sleep(300);
  await expect(readText(response)).rejects.toMatchObject({ code: 'timeout' });
});
