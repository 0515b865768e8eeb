import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QwenDemoError, UsageError } from '../../core/errors.ts';
import { ClientGone, createForward, type ForwardOptions, type Served } from './forward.ts';
import { Refusal } from './gate.ts';

/** How the endpoint on this machine runs. */
export interface LocalEndpointOptions extends ForwardOptions {
  /** 0: any free port. */
  port: number;
  /** Called for each request that was passed on or refused. */
  onServed: (served: Served) => void;
  /** Called when the login or the network fails a request. Returns the message for the client. */
  onFailure: (error: QwenDemoError) => string;
}

/** A running endpoint. */
export interface LocalEndpoint {
  /** `http://127.0.0.1:PORT/v1` */
  url: string;
  /** Takes no more requests, and waits for those in flight: `ms` at most. Resolves to how many were cut off. */
  drain(ms: number): Promise<number>;
  close(): Promise<void>;
}

/** @throws UsageError `port_unavailable` */
export async function startLocalEndpoint(options: LocalEndpointOptions): Promise<LocalEndpoint> {
  const forward = createForward(options);
  const in_flight = new Set<Promise<void>>();
  let ending = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (isHealthCheck(request)) {
      sendJson(response, 200, { status: 'ok' });
      return;
    }
    const start = options.clock.monotonic();
    const served = unanswered(request);
    try {
      if (ending) throw new Refusal(503, 'ending', 'qwen-demo serve is ending');
      await forward(request, response, served);
    } catch (error) {
      if (error instanceof ClientGone || response.destroyed) served.broken_by = 'client';
      else served.status = refuse(response, error, options);
    }
    served.total_ms = Math.round(options.clock.monotonic() - start);
    options.onServed(served);
  };

  const server = createServer({ keepAliveTimeout: 60_000 });
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const answered = answer(request, response).finally(() => in_flight.delete(answered));
    in_flight.add(answered);
  };
  server.on('request', handle);
  // The body of a request with `Expect: 100-continue` is asked for when the request is accepted.
  server.on('checkContinue', handle);
  server.on('clientError', (_, socket) => {
    const body = JSON.stringify(errorObject(400, 'malformed_request', 'The request is not HTTP'));
    if (socket.writable) {
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    } else socket.destroy();
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/v1`,
    async drain(ms) {
      ending = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const waited = Promise.allSettled(in_flight);
      const limit = options.clock.timeout(ms);
      await Promise.race([
        waited,
        new Promise((resolve) => limit.addEventListener('abort', resolve, { once: true })),
      ]);
      const left = in_flight.size;
      server.closeAllConnections();
      await closed;
      return left;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') return reject(error);
      const why = code === 'EACCES' ? 'needs more rights than you have' : 'is in use';
      reject(
        new UsageError(`Port ${port} on 127.0.0.1 ${why}`, {
          code: 'port_unavailable',
          hint: 'Choose another --port, or leave it out to take any free one.',
          cause: error,
        }),
      );
    });
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

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What is left of a body that was not read would be taken for the next request.
    ...(status >= 400 && { connection: 'close' }),
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
  if (!(error instanceof QwenDemoError)) throw error;
  const message = options.onFailure(error);
  const status = statusOf(error);
  sendJson(response, status, errorObject(status, error.code, message));
  return status;
}

function statusOf({ kind, code }: QwenDemoError): number {
  if (kind === 'auth') return 401;
  if (kind === 'network') return code.endsWith('timeout') ? 504 : 502;
  return kind === 'protocol' ? 502 : 500;
}
