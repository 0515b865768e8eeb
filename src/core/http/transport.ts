import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { readBody } from './body.ts';
import { Connections, type HttpConnection, loadUndici, type Undici } from './connection.ts';
import { describeFailure } from './failure.ts';
import {
  type HttpRequest,
  type HttpResponse,
  isSuccess,
  type Send,
  type Timeouts,
} from './message.ts';
import { proxyFor, type ProxySettings } from './proxy.ts';
import { secretsOf } from '../redaction.ts';
import { isRedirect, redirectRefused, unchangedTarget } from './redirect.ts';
import { type ExchangeTrace, type Trace, tracedBody, wireBody } from './trace.ts';
import { createBodyLimit, limitsOf, timeoutError } from './timeouts.ts';

/** Settings of all exchanges. */
export interface TransportOptions {
  /** Limits that the user sets. They win over `default_timeouts` of a request. */
  timeouts?: Partial<Timeouts>;
  proxy?: ProxySettings;
  /** Watches each exchange. */
  trace?: Trace | undefined;
}

/**
 * Sends requests over HTTP/1.1 with undici, which is loaded at the first request. Loopback never goes
 * through a proxy. A connection is kept for the next request to its origin.
 */
export function createTransport(options: TransportOptions = {}): Send {
  const connections = new Connections();

  /** Resolves to a URL when the request is to be sent there instead. */
  const attempt = async (request: HttpRequest, follow: boolean): Promise<HttpResponse | string> => {
    const url = new URL(request.url);
    request.signal?.throwIfAborted();
    const trace = options.trace?.(request);
    const timeouts = limitsOf(request, options.timeouts);
    let connection: HttpConnection | undefined;
    try {
      const proxy = proxyFor(url, options.proxy ?? {});
      const undici = await loadUndici();
      request.signal?.throwIfAborted();
      connection = connections.take(undici, url.origin, proxy, timeouts);
      connection.onStep = trace?.step;
      const answer = await exchange(undici, connection, connections, url, request, trace);
      trace?.response(answer);
      const response = trace ? wireBody(answer, trace) : answer;
      if (!isRedirect(response)) {
        const read =
          request.decode === false && isSuccess(response) ? response : await decoded(response);
        return trace ? tracedBody(read, trace) : read;
      }
      const target = follow ? unchangedTarget(response, url) : undefined;
      if (target === undefined) throw redirectRefused(response, url, secretsOf(request));
      await leave(response.body);
      trace?.end();
      return target;
    } catch (error) {
      const peer = connection?.peer ?? { name: url.host };
      const failure = describeFailure(error, peer, request.signal);
      connection?.destroy(failure as Error);
      trace?.end(failure);
      throw failure;
    }
  };

  return async (request) => {
    const first = await attempt(request, request.follow === true);
    if (typeof first !== 'string') return first;
    return (await attempt({ ...request, url: first }, false)) as HttpResponse;
  };
}

/** An empty body leaves the connection for the next request, any other one closes it. */
async function leave(body: HttpResponse['body']): Promise<void> {
  for await (const _ of body) break;
}

async function* skipped(body: HttpResponse['body']): AsyncGenerator<Uint8Array> {
  await leave(body);
  yield new Uint8Array();
}

/** Loads undici before a measurement, so that its loading does not count as time of the server. */
export async function preloadTransport(): Promise<void> {
  await loadUndici();
}

/** Runs one exchange. The connection is kept when the body is read to its end. */
async function exchange(
  undici: Undici,
  connection: HttpConnection,
  connections: Connections,
  url: URL,
  request: HttpRequest,
  trace: ExchangeTrace | undefined,
): Promise<HttpResponse> {
  const { timers } = undici;
  const { signal } = request;
  const { timeouts, peer } = connection;
  const onAbort = () => connection.destroy(signal?.reason as Error);
  const timer = timers.setTimeout(connection.expire, timeouts.headers);
  let endBody = connection.destroy;
  const limitTotal = () =>
    timers.setTimeout(() => endBody(timeoutError('total', peer, timeouts)), timeouts.total);
  let total = request.late_content ? undefined : limitTotal();
  /** Why the body ended early. */
  let broken: Error | undefined;
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const head = await dispatch(undici, connection, dispatchOptions(url, request), {
      onSent: () => {
        request.onSent?.();
        trace?.step('ready', connection.socket);
      },
      onRequestSent: trace && (() => trace.step('sent')),
      onBreak: (error) => (broken = error),
    });
    const { statusCode, statusText, headers, body } = head;
    // The reader gets the error; without one at the moment, it would end the process.
    body.on('error', () => {});
    endBody = (error) => void body.destroy(error);
    if (!isSuccess({ status: statusCode })) total ??= limitTotal();
    body.once('close', () => {
      if (total) timers.clearTimeout(total);
      if (body.readableEnded && !broken) connections.keep(url.origin, connection);
      // undici would connect again at once, with nothing to send.
      else connection.destroy(new Error('The body was not read to its end'));
    });
    const limit = createBodyLimit(timers, connection, request, endBody);
    return {
      status: statusCode,
      status_text: statusText,
      headers: joinHeaders(headers),
      body: readBody(body, {
        limit,
        broken: () => broken,
        described: (error) => describeFailure(error, peer, signal),
      }),
      host: url.host,
      progressed: limit.progressed,
    };
  } catch (error) {
    if (total) timers.clearTimeout(total);
    throw error;
  } finally {
    timers.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function dispatchOptions(url: URL, request: HttpRequest): Dispatcher.RequestOptions {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers: { 'accept-encoding': 'identity', ...request.headers },
    // undici sends the parts of an iterable as they come, and at the pace of the server.
    body: (request.body as string | Uint8Array | Readable | undefined) ?? null,
    signal: request.signal ?? null,
    // The timer of the exchange counts from the start of the attempt, that of the body knows where content begins.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/**
 * Sends a request and returns the head of the response.
 * @param onSent called when the connection takes the request
 * @param onBreak called when the body ends early, with the reason
 */
function dispatch(
  { RequestHandler }: Undici,
  connection: HttpConnection,
  options: Dispatcher.RequestOptions,
  {
    onSent,
    onRequestSent,
    onBreak,
  }: {
    onSent: () => void;
    onRequestSent: (() => void) | undefined;
    onBreak: (error: Error) => void;
  },
): Promise<Dispatcher.ResponseData> {
  return new Promise((resolve, reject) => {
    const handler = new RequestHandler(options, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
    handler.onConnect = (abort, context) => {
      RequestHandler.prototype.onConnect.call(handler, abort, context);
      if (!handler.reason) onSent();
    };
    if (onRequestSent) handler.onRequestSent = onRequestSent;
    // undici destroys the body, and with it what has arrived and was not read yet.
    handler.onError = (error) => {
      const { res } = handler;
      if (res && !res.destroyed && !(options.signal as AbortSignal | null)?.aborted) {
        handler.res = null;
        onBreak(error);
        res.push(null);
      }
      RequestHandler.prototype.onError.call(handler, error);
    };
    connection.dispatch(options, handler);
  });
}

function joinHeaders(headers: Record<string, string | string[] | undefined>) {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

/** What servers write as `Content-Encoding` of a body that has none, beside `identity`. */
const NO_ENCODINGS =
  /^(|identity|none|null|utf-?8|(us-)?ascii|iso-8859-1|binary|[78]bit|plain|text|chunked|.*\/.*)$/;

/**
 * Requests ask for no encoding: one that buffers delays the first token, and answers are short. Some
 * servers and proxies compress all the same.
 */
async function decoded(response: HttpResponse): Promise<HttpResponse> {
  const header = response.headers['content-encoding']?.toLowerCase() ?? '';
  const encodings = header
    .split(',')
    .map((name) => name.replace(/;.*/, '').replace(/"/g, '').trim())
    .filter((name) => !NO_ENCODINGS.test(name));
  if (encodings.length === 0) return response;
  const { decodeBody } = await import('./decoding.ts');
  try {
    return decodeBody(response, encodings);
  } catch (error) {
    if (isSuccess(response)) throw error;
    // The status of a refusal counts, also if nobody can read its text.
    return { ...response, body: skipped(response.body) };
  }
}
