import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PassThrough, PassThroughResponse } from '../../core/api/pass-through.ts';
import { given } from '../../core/given.ts';
import { KnownSecrets } from '../../core/known-secrets.ts';
import type { Clock, Collector } from '../../core/ports.ts';
import {
  digestOf,
  passedBack,
  passedOn,
  refuseKeyIn,
  requireKey,
  targetOf,
  withoutKey,
} from './gate.ts';
import { createMeter, type Measured } from './meter.ts';
import { createMask } from './mask.ts';
import { renamePath } from './model-name.ts';
import { type BodyOptions, readBody } from './request-body.ts';

/** How requests are passed on. */
export interface ForwardOptions extends BodyOptions {
  passThrough: PassThrough;
  clock: Clock;
  collector: Collector;
  /** The key that clients have to send. */
  client_key: string;
  /** Secrets of the settings that no response may bring back. */
  secrets: readonly string[];
}

/** One request that was answered, for the screen. */
export interface Served extends Measured {
  method: string;
  /** Without its query. */
  path: string;
  /** As the endpoint was asked for it. */
  model: string | undefined;
  /** Undefined when the client hung up before it had one. */
  status: number | undefined;
  /** Why it broke off: the client hung up, the endpoint closed the connection, or a signal ended `serve`. */
  broken_by: 'client' | 'endpoint' | 'signal' | undefined;
}

/** Bytes of the largest error: a longer one is broken off. */
const LARGEST_ERROR = 1024 * 1024;

/** The handler of one request; `served` is filled in as far as it comes. */
export type Forward = (
  request: IncomingMessage,
  response: ServerResponse,
  served: Served,
) => Promise<void>;

/**
 * Makes the handler of requests. It resolves when the response has ended, whole or broken off.
 * @throws Refusal; the errors of {@link PassThrough}: nothing was answered then
 */
export function createForward(options: ForwardOptions): Forward {
  const digest = digestOf(options.client_key);
  const secretsOf = lastOf((bearer: string | undefined) => {
    const values = [bearer, ...options.secrets].filter((one) => one !== undefined);
    const known = new KnownSecrets();
    known.add(...values);
    return { known, values };
  });

  return async (request, response, served) => {
    const start = options.clock.monotonic();
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort(new ClientGone()));
    const target = targetOf(request);
    requireKey(request.headers, digest);
    refuseKeyIn(target.path, options.client_key);
    const body = await readBody(request, response, options);
    served.model = body.model;
    const meter = createMeter(options.clock, start, body.stream);
    const answered = await options
      .passThrough({
        ...target,
        path: renamePath(target.path, options.models),
        query: withoutKey(target.query, options.client_key),
        headers: { ...passedOn(request.headers, options.client_key), ...body.headers },
        ...given({ body: body.content }),
        signal: hangUp.signal,
      })
      .catch((error: unknown) => {
        throw body.refused() ?? error;
      });
    served.status = answered.response.status;
    const secrets = secretsOf(answered.access.bearer);
    const onPart = (part: Uint8Array) => {
      meter.saw(part);
      options.collector.afterPiece(part.byteLength);
    };
    await sendBack(answered, response, onPart, secrets).catch(() => {
      const by = response.destroyed ? 'client' : 'endpoint';
      served.broken_by = by === 'client' && meter.ended() ? undefined : by;
      breakOff(response);
    });
    Object.assign(served, meter.result());
  };
}

/** Remembers the last result: the token stays the same for many requests. */
function lastOf<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { key: K; value: V } | undefined;
  return (key) => (last && last.key === key ? last : (last = { key, value: make(key) })).value;
}

/**
 * Closes the connection so that nobody takes what was sent for the whole. Without chunks and without a
 * length, as for HTTP/1.0, a close is an end: only a reset is none.
 */
function breakOff(response: ServerResponse): void {
  const framed = response.hasHeader('content-length') || response.req.httpVersion !== '1.0';
  if (framed || !response.socket) response.destroy();
  else response.socket.resetAndDestroy();
}

/** The client hung up before it had its answer. */
export class ClientGone extends Error {
  constructor() {
    super('The client hung up');
  }
}

/** Writes the response at the pace of the client. @throws when one of the two sides breaks off */
async function sendBack(
  { response: from }: PassThroughResponse,
  to: ServerResponse,
  onPart: (part: Uint8Array) => void,
  { known, values }: { known: KnownSecrets; values: readonly string[] },
): Promise<void> {
  const headers = passedBack(from.headers, known);
  if (from.status >= 400) {
    const text = known.redact((await readError(from.body)).toString());
    delete headers['content-encoding'];
    to.writeHead(from.status, { ...headers, 'content-length': Buffer.byteLength(text) });
    return ended(to, text);
  }
  to.writeHead(from.status, headers);
  to.flushHeaders();
  const mask = createMask(values);
  for await (const part of from.body) {
    from.progressed?.();
    onPart(part);
    if (!to.write(mask.write(part))) await drained(to);
    if (to.destroyed) throw new ClientGone();
  }
  await ended(to, mask.end());
}

function ended(to: ServerResponse, rest: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    to.once('close', resolve);
    to.end(rest, () => resolve());
  });
}

/** An error is read whole: a part of it may end within a secret. */
async function readError(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.byteLength;
    if (size > LARGEST_ERROR) throw new Error('The error has no end');
  }
  return Buffer.concat(parts);
}

/** Waits until the client has taken what was written, or has hung up. */
function drained(to: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done).off('close', done);
      resolve();
    };
    to.on('drain', done).on('close', done);
  });
}
