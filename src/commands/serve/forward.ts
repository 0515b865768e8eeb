import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PassThrough, PassThroughResponse } from '../../core/api/pass-through.ts';
import { given } from '../../core/given.ts';
import type { HttpRequest } from '../../core/http/message.ts';
import type { Clock } from '../../core/ports.ts';
import {
  digestOf,
  passedBack,
  passedOn,
  Refusal,
  requireKey,
  targetOf,
  withoutKey,
} from './gate.ts';
import { createMeter, type Measured, type Meter } from './meter.ts';
import { askedFor, renameModel } from './model-name.ts';

/** How requests are passed on. */
export interface ForwardOptions {
  passThrough: PassThrough;
  clock: Clock;
  /** The key that clients have to send. */
  client_key: string;
  /** Names of models that clients use, with those that the endpoint has. */
  models: ReadonlyMap<string, string>;
  /** Bytes of the largest body. */
  max_body: number;
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
  /** How it ended: the client hung up, or the endpoint broke the response off. */
  broken_by: 'client' | 'endpoint' | undefined;
}

/** A body up to this many bytes is held, so that it can be renamed and sent again. */
const HELD = 1024 * 1024;

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

  return async (request, response, served) => {
    const start = options.clock.monotonic();
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort(new ClientGone()));
    const target = targetOf(request);
    requireKey(request.headers, digest);
    const body = await readBody(request, response, options);
    served.model = body.model;
    const meter = createMeter(options.clock, start, body.stream);
    const answered = await options
      .passThrough({
        ...target,
        query: withoutKey(target.query, options.client_key),
        headers: { ...passedOn(request.headers, options.client_key), ...body.headers },
        ...given({ body: body.content }),
        signal: hangUp.signal,
      })
      .catch((error: unknown) => {
        throw body.refused() ?? error;
      });
    served.status = answered.response.status;
    await sendBack(answered, response, meter, options).catch(() => {
      served.broken_by = response.destroyed ? 'client' : 'endpoint';
      // Not an end: a client that reads to the end would take the answer for a whole one.
      response.socket?.resetAndDestroy();
    });
    Object.assign(served, meter.result());
  };
}

/** The client hung up before it had its answer. */
export class ClientGone extends Error {}

interface Body {
  content: HttpRequest['body'];
  headers: Record<string, string>;
  model: string | undefined;
  stream: boolean;
  /** Why a body that streams was not sent to its end, in place of the error of the request. */
  refused: () => Refusal | undefined;
}

const NOTHING: Body = {
  content: undefined,
  headers: {},
  model: undefined,
  stream: false,
  refused: () => undefined,
};

/** @throws Refusal for a body that is too large or not what its type says */
async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { models, max_body }: ForwardOptions,
): Promise<Body> {
  const length = request.headers['content-length'];
  if (length === undefined && request.headers['transfer-encoding'] === undefined) return NOTHING;
  if (Number(length ?? 0) > max_body) throw tooLarge(max_body);
  // Only now, so that no client sends what is refused (RFC 9110 §10.1.1).
  if (request.headers.expect !== undefined) response.writeContinue();
  if (Number(length ?? 0) > HELD) return streamed([], request, max_body);
  const parts: Buffer[] = [];
  let size = 0;
  const reader = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const part of reader) {
    parts.push(part);
    size += part.byteLength;
    if (size > HELD) return streamed(parts, request, max_body);
  }
  if (!request.complete) throw new Refusal(400, 'incomplete_body', 'The body is incomplete');
  return held(Buffer.concat(parts), request.headers, models);
}

function tooLarge(max_body: number): Refusal {
  return new Refusal(413, 'body_too_large', `A body can have ${max_body} bytes at most`);
}

/** Sends what was read already and then the rest, as it comes. */
function streamed(first: readonly Buffer[], rest: IncomingMessage, max_body: number): Body {
  let refused: Refusal | undefined;
  async function* content(): AsyncGenerator<Uint8Array> {
    let size = 0;
    for (const part of first) {
      size += part.byteLength;
      yield part;
    }
    for await (const part of rest as AsyncIterable<Buffer>) {
      size += part.byteLength;
      if (size > max_body) throw (refused = tooLarge(max_body));
      yield part;
    }
  }
  const headers = given({ 'content-length': rest.headers['content-length'] });
  return { ...NOTHING, content: content(), headers, refused: () => refused };
}

/** @throws Refusal `invalid_json` for a body that says that it is JSON and is none */
function held(
  bytes: Buffer,
  headers: IncomingMessage['headers'],
  models: ForwardOptions['models'],
): Body {
  const whole: Body = { ...NOTHING, content: bytes };
  const json = /^application\/(?:.*\+)?json\b/i.test(headers['content-type'] ?? '');
  if (!json || headers['content-encoding'] !== undefined) return whole;
  const text = bytes.toString('utf8');
  const asked = askedFor(text);
  if (asked === undefined) {
    throw new Refusal(400, 'invalid_json', 'The body must be a JSON object');
  }
  const model = models.get(asked.model ?? '');
  return model === undefined
    ? { ...whole, ...asked }
    : { ...whole, content: renameModel(text, model), ...asked, model };
}

/** Writes the response at the pace of the client. @throws when one of the two sides breaks off */
async function sendBack(
  { response: from, access }: PassThroughResponse,
  to: ServerResponse,
  meter: Meter,
  options: ForwardOptions,
): Promise<void> {
  const secrets = [access.bearer ?? '', ...options.secrets].filter((one) => one.length >= 8);
  to.writeHead(from.status, passedBack(from.headers, secrets));
  // An error is read whole: a part of it may end within a secret.
  const parts = from.status >= 400 ? [await readError(from.body)] : from.body;
  if (from.status < 400) to.flushHeaders();
  for await (const part of parts) {
    from.progressed?.();
    meter.saw(part);
    if (!to.write(masked(part, secrets))) await drained(to);
    if (to.destroyed) throw new ClientGone();
  }
  await new Promise<void>((resolve) => {
    to.once('close', resolve);
    to.end(resolve);
  });
}

async function readError(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
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

/** The same bytes with asterisks for secrets: as many, so that the length stays right. */
function masked(part: Uint8Array, secrets: readonly string[]): Uint8Array {
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  let copy: Buffer | undefined;
  for (const secret of secrets) {
    for (let at = bytes.indexOf(secret); at !== -1; at = bytes.indexOf(secret, at + 1)) {
      copy ??= Buffer.from(bytes);
      copy.fill('*', at, at + secret.length);
    }
  }
  return copy ?? part;
}
