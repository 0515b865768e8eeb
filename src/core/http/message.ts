/** The shapes of one HTTP exchange; `transport.ts` carries it out. */

/** All in milliseconds. */
export interface Timeouts {
  /** DNS, TCP, CONNECT at a proxy and TLS together. Default 10 s. */
  connect: number;
  /** From the beginning of a try to the first byte of the answer, connecting included. Default 60 s. */
  headers: number;
  /** Between two pieces of the body. Default 120 s. */
  body: number;
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Absolute, http or https. */
  url: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal | undefined;
  /** Of this kind of exchange, where the user sets none. */
  default_timeouts?: Partial<Timeouts> | undefined;
  /** Of this exchange, whatever the user sets. */
  timeouts?: Partial<Timeouts> | undefined;
  /** Called once when the head is written to the connected socket (after CONNECT and TLS). */
  onSent?: (() => void) | undefined;
}

export interface HttpResponse {
  status: number;
  /** Lower-case names; a repeated header is joined with `, `. */
  headers: Readonly<Record<string, string>>;
  /** The raw bytes. Iterate to the end, or leave the loop to drop the connection. */
  body: AsyncIterable<Uint8Array>;
  /** `host[:port]` that answered, for messages. */
  host: string;
}

/**
 * Sends one request and resolves with the head of the answer, whatever its status, save redirects.
 * @throws NetworkError unreachable, DNS, TLS, reset, time-out (also while the body is read)
 * @throws ProtocolError for a redirect (3xx): no secret is ever sent on
 * @throws the signal's reason when `signal` is aborted (also while the body is read)
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
