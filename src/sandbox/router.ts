import type { IncomingMessage, ServerResponse } from 'node:http';

/** One HTTP request and its response. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** Aborts when the client disconnects or the sandbox closes. */
  signal: AbortSignal;
}

/** A response as data. An object body is sent as JSON, a string with the given `content-type`. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string | Readonly<Record<string, unknown>>;
}

/** Returns a reply, throws an `ErrorReply`, or writes the response itself and returns undefined. */
export type Handler = (exchange: Exchange) => Promise<Reply | undefined> | Reply | undefined;

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
  /** Called for each request with a valid Host header; `other` stands for unknown paths. */
  onRequest: (route: string) => void;
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
    const reply = await dispatch(request, response, disconnected.signal, options);
    if (reply) sendReply(response, reply);
  } catch (error) {
    if (disconnected.signal.aborted || response.headersSent) response.destroy();
    else
      sendReply(
        response,
        error instanceof ErrorReply
          ? error.reply
          : errorReply(500, 'internal_error', 'the sandbox has a bug'),
      );
  }
}

async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  { routes, port, onRequest }: RouterOptions,
): Promise<Reply | undefined> {
  // Against DNS rebinding: a foreign page whose name resolves to 127.0.0.1 sends its own name.
  const { host } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
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
  const method = request.method ?? '';
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!handler) {
    const refused = errorReply(405, 'method_not_allowed', 'this path has another method');
    return { ...refused, headers: { allow: Object.keys(methods).join(', ') } };
  }
  const exchange: Exchange = { request, response, url, signal };
  return handler(exchange);
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

/** Sends the whole response. Nothing is cached, and no browser guesses the content type. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  const { body } = reply;
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(reply.status, {
    ...(typeof body !== 'string' && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(payload),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
  });
  response.end(payload);
}

/**
 * Reads the whole body as UTF-8 text.
 * @throws ErrorReply 413 when the body is longer than `limit` bytes
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
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
