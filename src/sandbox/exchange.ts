import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request on its way through the sandbox. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** Aborted when the client has gone or the sandbox closes. */
  signal: AbortSignal;
}

/** An answer as data. An object is sent as JSON, a string as what its `content-type` says. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string | Readonly<Record<string, unknown>>;
}

/** Answers by returning, by throwing a `Refusal`, or writes to the response and returns nothing. */
export type Handler = (exchange: Exchange) => Promise<Reply | undefined> | Reply | undefined;

/** Thrown anywhere below a handler to end the exchange with this reply. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = 'Refusal';
    this.reply = reply;
  }
}

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
 * The whole body as text.
 * @throws Refusal 413 when it is longer than `limit` bytes
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) {
      throw new Refusal({
        status: 413,
        headers: { connection: 'close' },
        body: { error: { code: 'payload_too_large', message: `more than ${limit} bytes` } },
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The media type of the body in lower case, without parameters. */
export function mediaType(request: IncomingMessage): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}
