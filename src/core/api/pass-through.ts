import { given } from '../given.ts';
import type { HttpRequest, HttpResponse, Method, Send } from '../http/message.ts';
import { CHAT_TIMEOUTS } from '../http/timeouts.ts';
import { apiUrl } from '../qwen/api-url.ts';
import type { Access, AccessSource } from './access.ts';
import { accessHeaders, RENEWED, secretHeaders } from './request.ts';

/** A request of another program, to be sent on as it is. */
export interface PassThroughRequest {
  method: Method;
  /** Appended to the endpoint; begins with a slash. */
  path: string;
  /** Without its question mark. */
  query?: string | undefined;
  /** Lower-case names. Those that give access are added. */
  headers: Readonly<Record<string, string>>;
  body?: HttpRequest['body'];
  signal: AbortSignal;
}

/** The response of the endpoint, whatever its status, and the access that it was asked with. */
export interface PassThroughResponse {
  response: HttpResponse;
  access: Access;
}

/**
 * Sends a request of another program to the endpoint with fresh access.
 * @throws the errors of {@link AccessSource}; NetworkError and ProtocolError of {@link Send}; UsageError
 *   `malformed_key`; the reason of the signal
 */
export type PassThrough = (request: PassThroughRequest) => Promise<PassThroughResponse>;

/** What a {@link PassThrough} needs. */
export interface PassThroughOptions {
  /** Sends once, for a body that is a stream. */
  send: Send;
  /** Sends with retries. */
  retrying: Send;
  access: AccessSource;
  user_agent: string;
  /** More headers of the settings, which are secrets; lower-case names. */
  headers: Readonly<Record<string, string>>;
}

/**
 * Makes a {@link PassThrough}. A body that is held is sent again after a failure that can pass, and once
 * after a 401 with renewed access; a stream is sent once. Requests that need access at the same time
 * share one refresh.
 */
export function createPassThrough(options: PassThroughOptions): PassThrough {
  const { user_agent, headers } = options;
  const access = shared(options.access);

  const exchange = (request: PassThroughRequest, with_: Access, again?: string) => {
    const { method, path, query, body, signal } = request;
    const send = isStream(body) ? options.send : options.retrying;
    return send({
      method,
      url: apiUrl(with_.endpoint, path, query),
      headers: { ...request.headers, ...accessHeaders(with_, user_agent), ...headers },
      secret_headers: secretHeaders(with_, headers),
      ...given({ body }),
      signal,
      again,
      decode: false,
      default_timeouts: CHAT_TIMEOUTS,
      // The caller says `progressed` for every piece: what the content is does not matter here.
      late_content: true,
    });
  };

  return async (request) => {
    const first = await access.get();
    request.signal.throwIfAborted();
    const response = await exchange(request, first);
    if (response.status !== 401 || isStream(request.body)) return { response, access: first };
    const renewed = await access.renew(first);
    if (renewed === undefined) return { response, access: first };
    // Leaving the loop closes the connection.
    for await (const _ of response.body) break;
    return { response: await exchange(request, renewed, RENEWED), access: renewed };
  };
}

function isStream(body: HttpRequest['body']): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}

/** One read of the login, and one renewal of a token, for all who ask at the same time. */
function shared({ get, renew }: AccessSource) {
  let reading: Promise<Access> | undefined;
  const renewing = new Map<string | undefined, Promise<Access | undefined>>();
  return {
    get(): Promise<Access> {
      reading ??= get().finally(() => (reading = undefined));
      return reading;
    },
    renew(rejected: Access): Promise<Access | undefined> {
      const { bearer } = rejected;
      const running = renewing.get(bearer);
      if (running !== undefined) return running;
      const renewal = renew(rejected).finally(() => renewing.delete(bearer));
      renewing.set(bearer, renewal);
      return renewal;
    },
  };
}
