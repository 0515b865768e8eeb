/**
 * One or more visible ASCII characters: what an access token (RFC 6749 appendix A.12) and an API key
 * consist of. An `Authorization` header can hold no other characters.
 */
export const VISIBLE_ASCII = /^[\x21-\x7E]+$/;

/** The limits of one exchange, in milliseconds. */
export interface Timeouts {
  /** DNS, TCP, CONNECT at a proxy and TLS together. Default 10 s. */
  connect: number;
  /** From the start of an attempt to the first byte of the response, connecting included. Default 60 s. */
  headers: number;
  /** Between two pieces of the body; of an answer to a chat, between two pieces of its content. Default 120 s. */
  body: number;
  /**
   * From the start of an attempt to the end of the body. An answer to a chat has no such limit, but the
   * body of a refusal of one has: it counts from the head. Default 60 s.
   */
  total: number;
}

/** A failure that can pass. */
export interface Failure {
  /** As a sentence. */
  reason: string;
  /** The host that answered. */
  host?: string | undefined;
  /** The model is loading: the wait does not count as a retry. */
  loading?: boolean;
  /** As the server asks for. */
  delay_ms?: number | undefined;
}

/** The retries of one question, which can fail before its answer begins and within the answer. */
export interface Retries {
  /** Why the attempt before this one failed, as a sentence; undefined before the first retry. */
  readonly reason?: string | undefined;
  /**
   * Waits before the next attempt. Resolves to false if no retry is left.
   * @throws NetworkError `headers_timeout` when a model loads for too long; the reason of the signal
   */
  again: (failure: Failure, signal?: AbortSignal) => Promise<boolean>;
}

/** The methods that are sent. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An exchange with an authorization server, each message with the section of its RFC. */
export interface OAuthStep {
  request: string;
  response: string;
}

/** One request. `transport.ts` sends it. */
export interface HttpRequest {
  method: Method;
  /** Absolute, http or https. */
  url: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** The names of headers whose values are secrets, beside those that are by their names. */
  secret_headers?: readonly string[];
  /** A stream is sent once, as its bytes come. */
  body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  signal?: AbortSignal | undefined;
  /** False: the body of a success stays compressed, as its header says. */
  decode?: false;
  /** Whether one redirect is followed that keeps origin, method and body. OAuth follows none. */
  follow?: boolean;
  /** Defaults for this kind of exchange; what the user sets wins over them. */
  default_timeouts?: Partial<Timeouts> | undefined;
  /** Limits of this exchange; they win over what the user sets. */
  timeouts?: Partial<Timeouts> | undefined;
  /**
   * The body is an answer to a chat: it can be long, and its content can begin long after its head. The
   * longer of the limits `headers` and `body` holds until {@link HttpResponse.progressed} is called, then
   * `body` until the next call, whatever else comes.
   */
  late_content?: boolean | undefined;
  /** Counts its retries together with those of the caller. */
  retries?: Retries | undefined;
  /** Why it is sent again, as a sentence. For traces, as the next one. */
  again?: string | undefined;
  /** What it is in OAuth. A trace shows none of its bodies. */
  step?: OAuthStep | undefined;
  /** Called once when the head is written to the connected socket (after CONNECT and TLS). */
  onSent?: (() => void) | undefined;
}

/** The head of a response, and its body as a stream. */
export interface HttpResponse {
  status: number;
  /** The reason phrase (RFC 9112 §4), which means nothing. */
  status_text?: string | undefined;
  /** Lower-case names; a repeated header is joined with `, `. */
  headers: Readonly<Record<string, string>>;
  /**
   * The bytes, decompressed. Iterate to the end, or leave the loop to close the connection.
   * @throws NetworkError `connection_reset`, `body_timeout`, `headers_timeout`, `timeout`; ProtocolError `malformed_http`,
   *   `malformed_encoding`, `body_too_large`; the reason of the signal
   */
  body: AsyncIterable<Uint8Array>;
  /** `host[:port]` that answered, for messages. */
  host: string;
  /** When the server that refuses accepts requests again, for people; only if that is too long to wait. */
  busy_until?: string | undefined;
  /** To be called for each piece of the content, see `late_content` of the request. */
  progressed?: (() => void) | undefined;
}

/** Whether a response is no refusal. */
export function isSuccess({ status }: Pick<HttpResponse, 'status'>): boolean {
  return status >= 200 && status < 300;
}

/**
 * Sends one request and resolves with the head of the response, of any status but 3xx.
 * @throws NetworkError `connect_timeout`, `headers_timeout`, `timeout`, `dns`, `dns_unavailable`,
 *   `tls`, `proxy_refused`, `connection_refused`, `connection_reset`, `unreachable`
 * @throws ProtocolError `redirect_refused`, `unexpected_encoding`, `malformed_http`
 * @throws UsageError `invalid_proxy`, `invalid_header`
 * @throws the reason of `signal`
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
