import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { QwenDemoError } from '../../core/errors.ts';
import { explainPort } from '../listening.ts';
import { ClientGone, createForward, type ForwardOptions, type Served } from './forward.ts';
import { METHODS, Refusal, requireLoopbackHost } from './gate.ts';

/** How the endpoint on this machine runs. */
export interface LocalEndpointOptions extends ForwardOptions {
  /** 0: any free port. */
  port: number;
  /** Called for each request that was passed on or refused. */
  onServed: (served: Served) => void;
  /** Called when the login, the network or the program fails a request. Returns the message for the client. */
  onFailure: (error: unknown) => string;
}

/** Milliseconds in which requests that were cut off are reported: some wait for a refresh. */
const REPORT_MS = 500;

/** A running endpoint. */
export interface LocalEndpoint {
  /** `http://127.0.0.1:PORT/v1` */
  url: string;
  /** Takes no more requests, and waits for those in flight: `ms` at most. Resolves to how many were cut off. */
  drain(ms: number): Promise<number>;
  /** Closes all connections: {@link drain} ends. */
  cutOff(): void;
}

/** @throws UsageError `port_unavailable` */
export async function startLocalEndpoint(options: LocalEndpointOptions): Promise<LocalEndpoint> {
  const forward = createForward(options);
  const in_flight = new Set<Promise<void>>();
  let ending = false;
  let cutting = false;
  let cut_off = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = options.clock.monotonic();
    const served = unanswered(request);
    try {
      requireLoopbackHost(request);
      if (isHealthCheck(request)) return sendJson(response, 200, { status: 'ok' });
      if (ending) throw new Refusal(503, 'ending', 'qwen-demo serve is ending');
      await forward(request, response, served);
    } catch (error) {
      if (error instanceof ClientGone || response.destroyed) served.broken_by = 'client';
      else served.status = refuse(response, error, options);
    }
    if (cutting && served.broken_by === 'client') {
      served.broken_by = 'signal';
      cut_off += 1;
    }
    served.total_ms = Math.round(options.clock.monotonic() - start);
    options.onServed(served);
  };

  // Without a Host header Node would answer with a status and no error object.
  const server = createServer({ keepAliveTimeout: 60_000, requireHostHeader: false });
  /** How many requests of each connection are being answered. */
  const answering = new WeakMap<Duplex, number>();
  const count = (socket: Duplex, change: number) =>
    answering.set(socket, (answering.get(socket) ?? 0) + change);
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { socket, headers } = request;
    // Node reads no further request after `Upgrade`, which Java's client sends with its first one.
    if (headers.upgrade !== undefined) response.setHeader('connection', 'close');
    count(socket, 1);
    const answered = answer(request, response).finally(() => {
      count(socket, -1);
      in_flight.delete(answered);
    });
    in_flight.add(answered);
  };
  server.on('request', handle);
  // The body of a request with `Expect: 100-continue` is asked for when the request is accepted.
  server.on('checkContinue', handle);
  server.on('connect', (_, socket) => {
    endRaw(socket, 405, 'wrong_method', 'The method CONNECT is not passed on');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A text within the answer to the request before would be taken for a part of it.
    if (!socket.writable || (answering.get(socket) ?? 0) > 0) socket.destroy();
    else if (error.code === 'HPE_HEADER_OVERFLOW') {
      endRaw(socket, 431, 'headers_too_large', 'The headers are too large');
    } else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      endRaw(socket, 408, 'request_timeout', 'The request did not come in time');
    } else endRaw(socket, 400, 'malformed_request', 'The request is not HTTP');
  });
  /** Resolves when no request is in flight, or after so many milliseconds. */
  const answered = async (ms: number): Promise<void> => {
    const limit = options.clock.timeout(ms);
    const over = new Promise((resolve) => {
      limit.addEventListener('abort', resolve, { once: true });
    });
    await Promise.race([Promise.allSettled(in_flight), over]);
  };
  const cutOff = () => {
    cutting = true;
    server.closeAllConnections();
  };
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/v1`,
    async drain(ms) {
      ending = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await answered(ms);
      cutOff();
      await answered(REPORT_MS);
      await closed;
      return cut_off + in_flight.size;
    },
    cutOff,
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explainPort(error, port)));
    server.listen({ port, host: '127.0.0.1', backlog: 4096 }, resolve);
  });
}

/** Answers without a key, and says nothing. */
function isHealthCheck({ method, url }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url === '/healthz';
}

/** An error object of the OpenAI API. */
function errorObject(status: number, code: string, message: string) {
  const type =
    status === 401 ? 'authentication_error' : status < 500 ? 'invalid_request_error' : 'api_error';
  return { error: { message, type, param: null, code } };
}

/** Answers on a connection whose request Node does not hand over. */
function endRaw(socket: Duplex, status: number, code: string, message: string): void {
  const body = JSON.stringify(errorObject(status, code, message));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.on('error', () => {});
  // A client that leaves its side open would keep the server from ending.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What is left of a body that was not read would be taken for the next request.
    ...(status >= 400 && { connection: 'close' }),
    // RFC 9110 §15.5.6.
    ...(status === 405 && { allow: METHODS.join(', ') }),
  });
  response.end(body);
}

function unanswered({ method = '', url = '' }: IncomingMessage): Served {
  return {
    method,
    path: url.replace(/\?.*/s, ''),
    model: undefined,
    status: undefined,
    broken_by: undefined,
    first_token_ms: undefined,
    total_ms: 0,
    prompt_tokens: undefined,
    completion_tokens: undefined,
  };
}

/** Answers a request that was not passed on, or that the endpoint did not answer. Returns the status. */
function refuse(response: ServerResponse, error: unknown, options: LocalEndpointOptions): number {
  if (error instanceof Refusal) {
    const { status, code, message } = error;
    sendJson(response, status, errorObject(status, code, message));
    return status;
  }
  const message = options.onFailure(error);
  const known = error instanceof QwenDemoError ? error : { kind: 'unexpected', code: 'unexpected' };
  const status = statusOf(known);
  sendJson(response, status, errorObject(status, known.code, message));
  return status;
}

function statusOf({ kind, code }: Pick<QwenDemoError, 'code'> & { kind: string }): number {
  if (kind === 'auth') return 401;
  if (kind === 'network') return code.endsWith('timeout') ? 504 : 502;
  return kind === 'protocol' ? 502 : 500;
}
