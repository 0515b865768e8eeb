import type { AccessSource } from '../../src/core/api/access.ts';
import { createPassThrough } from '../../src/core/api/pass-through.ts';
import type { QwenDemoError } from '../../src/core/errors.ts';
import { withRetries } from '../../src/core/http/retry.ts';
import { createTransport } from '../../src/core/http/transport.ts';
import { createCollector } from '../../src/commands/collector.ts';
import type { Served } from '../../src/commands/serve/forward.ts';
import { type LocalEndpointOptions, startLocalEndpoint } from '../../src/commands/serve/server.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { bodyOf, loopback } from './loopback.ts';
import { realClock, realRandom } from './real-world.ts';

export const CLIENT_KEY = 'sk-local-test-key-0123456789';
export const TOKEN = 'upstream-token-abcdef';

interface Options extends Partial<LocalEndpointOptions> {
  access?: Partial<AccessSource>;
  max_retries?: number;
}

/** The endpoint of `serve` before an API at `url`, with what it reported. */
export async function localEndpoint(
  url: string,
  { access, max_retries = 0, ...more }: Options = {},
) {
  const served: Served[] = [];
  const failures: QwenDemoError[] = [];
  const send = createTransport();
  const endpoint = await startLocalEndpoint({
    port: 0,
    passThrough: createPassThrough({
      send,
      retrying: withRetries(send, {
        clock: { ...realClock, sleep: () => Promise.resolve() },
        random: realRandom,
        max_retries,
      }),
      access: {
        get: async () => ({ endpoint: `${url}/base/v1`, bearer: TOKEN, auth_type: 'openai' }),
        renew: async () => undefined,
        ...access,
      },
      user_agent: 'the-program',
      headers: {},
    }),
    clock: realClock,
    collector: createCollector(),
    client_key: CLIENT_KEY,
    models: new Map([['gpt-4o', 'qwen3-coder-plus']]),
    max_body: 4 * 1024 * 1024,
    secrets: [],
    onServed: (one) => served.push(one),
    onFailure: (error) => {
      const failure = error as QwenDemoError;
      failures.push(failure);
      return `${failure.message}. ${failure.hint ?? ''}`;
    },
    ...more,
  });
  return {
    ...endpoint,
    served,
    failures,
    [Symbol.asyncDispose]: async () => void (await endpoint.drain(0)),
  };
}

/** A request to it with the right key. */
export function withKey(init: RequestInit = {}): RequestInit {
  return { ...init, headers: { authorization: `Bearer ${CLIENT_KEY}`, ...init.headers } };
}

export function chatBody(model: string, more: object = {}): RequestInit {
  return withKey({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [], ...more }),
  });
}

type Seen = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { body: string };

/** An API that records what it gets. */
export async function recorder(answer: (response: ServerResponse, seen: Seen) => void) {
  const seen: Seen[] = [];
  const api = await loopback((request, response) => {
    void bodyOf(request)
      .catch(() => '')
      .then((body) => {
        const { method, url, headers } = request;
        const one = { method, url, headers, body } as Seen;
        seen.push(one);
        answer(response, one);
      });
  });
  return { ...api, seen };
}

export const ok = (response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');

export function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve: (value: T) => resolve(value) };
}

/** Everything that comes back for these bytes until the connection ends. */
export async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(text);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
