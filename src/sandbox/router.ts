import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** One HTTP request and its response. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** Aborts when the client disconnects or the sandbox closes. */
  signal: AbortSignal;
}

/** JSON of a body. */
export type Fields = Readonly<Record<string, unknown>>;

/** A part of a stream: the data of one event as JSON, or text or bytes that are sent as they are. */
export type Part = Fields | string | Uint8Array;

/**
 * A response as data. An object body is sent as JSON, a string with the given `content-type`, and
 * the parts of a stream one after the other, as fast as the client takes them.
 */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string | Fields | Iterable<Part>;
  /** Waits after each part of a stream. Default: for one turn of the event loop. */
  pace?: () => Promise<unknown>;
}

/** Returns a reply or throws an `ErrorReply`. */
export type Handler = (exchange: Exchange) => Promise<Reply> | Reply;

/** A reply that ends the exchange when it is thrown in a handler. */
export class ErrorReply extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`HTTP status ${reply.status}`);
    this.name = 'ErrorReply';
    this.reply = reply;
  }
}

/** The handlers by path and method. A path that ends in `/` matches any one further segment. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** What `serve` needs beside the request. */
export interface RouterOptions {
  routes: Routes;
  /** The port that the server listens on. */
  port: number;
  /** Milliseconds after which a client that takes nothing of its answer is disconnected. */
  patience: number;
  /** Called for each request with a valid Host header; `other` stands for unknown paths. */
  onRequest: (route: string) => void;
  /** Stands between a request and its handler. Resolves to undefined when it has sent the response. */
  around: (route: string, exchange: Exchange, handler: Handler) => Promise<Reply | undefined>;
}

/** Handles one request, from the check of its Host header to the last byte. Never rejects. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: RouterOptions,
): Promise<void> {
  const disconnected = new AbortController();
  response.once('close', () => disconnected.abort());
  try {
    const reply = await dispatch(request, response, disconnected.signal, options).catch(replyOf);
    if (reply)
      await sendReply(response, reply, { signal: disconnected.signal, patience: options.patience });
  } catch {
    response.destroy();
  }
}

function replyOf(error: unknown): Reply {
  if (error instanceof ErrorReply) return error.reply;
  return errorReply(500, 'internal_error', 'the sandbox has a bug');
}

async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  { routes, port, onRequest, around }: RouterOptions,
): Promise<Reply | undefined> {
  // Against DNS rebinding: a foreign page whose name resolves to 127.0.0.1 sends its own name.
  const { host } = request.headers;
  if (host === undefined || !isOwnName(host, port)) {
    return errorReply(
      421,
      'misdirected_request',
      'this server answers only as 127.0.0.1 and localhost',
    );
  }
  const url = parseTarget(request.url, host);
  if (!url) return errorReply(400, 'bad_request', 'malformed request target');
  const route = Object.hasOwn(routes, url.pathname)
    ? url.pathname
    : url.pathname.replace(/[^/]+$/, '');
  const methods = Object.hasOwn(routes, route) ? routes[route] : undefined;
  onRequest(methods ? route : 'other');
  if (!methods) return errorReply(404, 'not_found', 'no such path');
  // RFC 9110 §9.3.2: the response to HEAD is that to GET; Node leaves its body out.
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) {
    const refused = errorReply(405, 'method_not_allowed', 'this path has another method');
    const allowed = Object.keys(methods).flatMap((name) =>
      name === 'GET' ? [name, 'HEAD'] : name,
    );
    return { ...refused, headers: { allow: allowed.join(', ') } };
  }
  const exchange: Exchange = { request, response, url, signal };
  return around(route, exchange, handler);
}

/** RFC 9110 §4.2.3: a host name has no case, and port 80 may be left out. */
function isOwnName(host: string, port: number): boolean {
  const name = host.toLowerCase();
  return ['127.0.0.1', 'localhost'].some(
    (own) => name === `${own}:${port}` || (port === 80 && name === own),
  );
}

/** Undefined when the target is not a path. */
function parseTarget(target: string | undefined, host: string): URL | undefined {
  if (!target?.startsWith('/') || !URL.canParse(`http://${host}${target}`)) return undefined;
  return new URL(`http://${host}${target}`);
}

/** An error in the format of OpenAI's API. */
export function errorReply(status: number, code: string, message: string): Reply {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}

/** How long a response may take. */
interface Sending {
  signal: AbortSignal;
  patience: number;
}

/**
 * Sends the whole response. Nothing is cached, and no browser guesses the content type. Rejects when
 * the client disconnects, or is disconnected because it takes nothing: what waits for it in memory
 * stays below the buffer of one socket.
 */
async function sendReply(response: ServerResponse, reply: Reply, sending: Sending): Promise<void> {
  const { status, headers, body, pace = nextTurn } = reply;
  const general = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  if (typeof body !== 'string' && isParts(body)) {
    response.writeHead(status, { ...general, ...headers });
    response.flushHeaders();
    for (const part of body) {
      sending.signal.throwIfAborted();
      if (!response.write(bytesOf(part))) await taken(response, 'drain', sending);
      // At least one turn of the event loop, so that each chunk gets a TCP packet of its own.
      await pace();
    }
    response.end();
  } else {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      ...(typeof body !== 'string' && { 'content-type': 'application/json' }),
      'content-length': Buffer.byteLength(payload),
      ...general,
      ...headers,
    });
    response.end(payload);
  }
  if (!response.writableFinished) await taken(response, 'finish', sending);
}

/** True for the parts of a stream. */
export function isParts(body: Exclude<Reply['body'], string>): body is Iterable<Part> {
  return Symbol.iterator in body;
}

/** True for the data of an event. */
export function isEvent(part: Part): part is Fields {
  return typeof part === 'object' && !(part instanceof Uint8Array);
}

/** A part as it is sent. */
export function bytesOf(part: Part): string | Uint8Array {
  return isEvent(part) ? `data: ${JSON.stringify(part)}\n\n` : part;
}

/** Waits until the client has taken what was written. @throws the reason of the signal */
async function taken(
  response: ServerResponse,
  event: 'drain' | 'finish',
  { signal, patience }: Sending,
): Promise<void> {
  const limit = setTimeout(() => response.destroy(), patience);
  try {
    await once(response, event, { signal });
  } finally {
    clearTimeout(limit);
  }
}

const bodies = new WeakMap<IncomingMessage, Promise<string>>();

/**
 * Reads the whole body as UTF-8 text; a second call gets the same text.
 * @throws ErrorReply 413 when the body is longer than `limit` bytes
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const read = bodies.get(request) ?? readOnce(request, limit);
  bodies.set(request, read);
  return read;
}

async function readOnce(request: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) {
      throw new ErrorReply({
        status: 413,
        headers: { connection: 'close' },
        body: {
          error: { code: 'payload_too_large', message: `the body is longer than ${limit} bytes` },
        },
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The media type from the Content-Type header, in lower case and without parameters. */
export function mediaType(request: IncomingMessage): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}
