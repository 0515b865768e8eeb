import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Method } from '../../core/http/message.ts';
import type { KnownSecrets } from '../../core/known-secrets.ts';

/** Why a request is not passed on, as an error object of the OpenAI API. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What a request asks for, below the base URL. */
export interface Target {
  method: Method;
  /** Begins with a slash, without `/v1`. */
  path: string;
  query: string | undefined;
}

export const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** A name of this machine, with or without a port. A page that rebinds its DNS name sends that name. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** The segments of a path: no dots alone, nothing encoded that is a slash for somebody. */
const PATH = /^\/v1((?:\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+)\/?$/;
const OTHER_FOLDER = /\/(?:\.|%2e){1,2}(?=[/;]|%3b|$)|%(?:2f|5c|00|25)|%(?![0-9a-f]{2})/i;

/** @throws Refusal for a Host header that names another host than this one */
export function requireLoopbackHost(request: IncomingMessage): void {
  // RFC 9112 §3.2
  if (request.headersDistinct.host?.length !== 1) {
    throw new Refusal(400, 'malformed_request', 'The request must have one Host header');
  }
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
    throw new Refusal(403, 'wrong_host', 'The Host header must name 127.0.0.1 or localhost');
  }
}

/**
 * What the request line asks for.
 * @throws Refusal for another method or path than those that are passed on, and for a WebSocket
 */
export function targetOf({ method = '', url = '', headers }: IncomingMessage): Target {
  const known = METHODS.find((one) => one === method);
  if (known === undefined) {
    throw new Refusal(405, 'wrong_method', `The method ${method} is not passed on`);
  }
  if (headers.upgrade?.toLowerCase() === 'websocket') {
    throw new Refusal(501, 'no_websocket', 'WebSockets are not passed on: ask over HTTP');
  }
  const mark = url.indexOf('?');
  const [path, query] = mark === -1 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)];
  const below = PATH.exec(path)?.[1];
  if (below === undefined || OTHER_FOLDER.test(path)) {
    throw new Refusal(404, 'wrong_path', 'Only paths below /v1/ are passed on');
  }
  return { method: known, path: below, query };
}

/** Tests the client's key: `Authorization: Bearer KEY` or `api-key: KEY`. @throws Refusal */
export function requireKey(headers: IncomingHttpHeaders, digest: Buffer): void {
  const { authorization = '', 'api-key': plain } = headers;
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const given = [bearer, plain].flat().filter((key) => key !== undefined);
  // Of equal length, so that the time says nothing about the key.
  if (given.some((key) => timingSafeEqual(digestOf(key), digest))) return;
  const what = given.length === 0 ? 'There is no key in the request' : 'The key is wrong';
  throw new Refusal(401, 'invalid_api_key', `${what}: send the one that qwen-demo serve printed`);
}

/** SHA-256 of a key. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/**
 * Headers of a request that are passed on. The credentials of the client, cookies and hop-by-hop
 * headers (RFC 9110 §7.6.1) are not among them, nor is its `User-Agent`: the program has its own.
 */
const PASSED_ON =
  /^(?:accept|accept-language|content-type|content-encoding|content-language|traceparent|tracestate|idempotency-key|x-request-id|x-client-request-id|openai-beta|anthropic-(?:version|beta)|x-dashscope-(?!auth|user).*)$/;

/** @param key of the client, which goes nowhere */
export function passedOn(headers: IncomingHttpHeaders, key: string): Record<string, string> {
  const named = new Set(
    (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !PASSED_ON.test(name) || named.has(name)) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    if (!text.includes(key)) passed[name] = text;
  }
  return passed;
}

/** @throws Refusal for a path with the client's key in it, which would go to the endpoint */
export function refuseKeyIn(path: string, key: string): void {
  if (!decoded(path).includes(key)) return;
  throw new Refusal(400, 'key_in_path', 'The key stands in the path: send it in a header');
}

/** Removes the parameters of a query that hold the client's key. */
export function withoutKey(query: string | undefined, key: string): string | undefined {
  if (query === undefined) return undefined;
  const left = query.split('&').filter((one) => !decoded(one).includes(key));
  return left.length === 0 ? undefined : left.join('&');
}

/** Percent-decoded, or as it is where that is not UTF-8. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Headers of a response that end at this program, beside those that the connection names. */
const KEPT =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|set-cookie|access-control-.*|www-authenticate|alt-svc|strict-transport-security)$/;

/** What Node can send as the value of a header: Latin-1 without control characters. */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers of the endpoint's response for the client, without those that hold one of the secrets. */
export function passedBack(
  headers: Readonly<Record<string, string>>,
  secrets: KnownSecrets,
): Record<string, string> {
  const named = new Set(
    (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) =>
        !KEPT.test(name) && !named.has(name) && SENDABLE.test(value) && !secrets.isIn(value),
    ),
  );
}
