import { UsageError } from '../errors.ts';
import { VISIBLE_ASCII } from '../http/bearer.ts';
import { readText } from '../http/body.ts';
import type { HttpResponse, Send, Timeouts } from '../http/message.ts';
import type { Access, AccessSource } from './access.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import { refusal } from './refusal.ts';
import { isFields } from './wire-error.ts';

export interface ApiRequestInit {
  method: 'GET' | 'POST';
  /** Below the endpoint. */
  path: '/chat/completions' | '/models';
  /** Sent as JSON. */
  body?: unknown;
  /** Default `application/json`. */
  accept?: string;
  signal?: AbortSignal | undefined;
  timeouts?: Partial<Timeouts> | undefined;
}

/**
 * One request to the API, with whatever lets it in. Resolves with an answer of status 2xx, whose
 * body is still to be read, and with the access that was used.
 * @throws AuthError, ApiError, QuotaError or ProtocolError for any other status; what the access
 *   source and `send` throw
 */
export type ApiRequest = (
  init: ApiRequestInit,
) => Promise<{ response: HttpResponse; access: Access }>;

export interface ApiRequestOptions {
  send: Send;
  access: AccessSource;
  user_agent: string;
}

/** After a 401 the access is renewed once, if it can be, and the request sent once more. */
export function createApiRequest(options: ApiRequestOptions): ApiRequest {
  const { send, access: source, user_agent } = options;

  const exchange = (init: ApiRequestInit, access: Access) =>
    send({
      method: init.method,
      url: access.endpoint + init.path,
      headers: headersFor(init, access, user_agent),
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
      signal: init.signal,
      timeouts: init.timeouts,
    });

  return async (init) => {
    let access = await source.get(init.signal);
    let response = await exchange(init, access);
    if (isSuccess(response)) return { response, access };
    let text = await readText(response);
    if (response.status === 401) {
      const renewed = await source.renew(access, init.signal);
      if (renewed !== undefined) {
        access = renewed;
        response = await exchange(init, access);
        if (isSuccess(response)) return { response, access };
        text = await readText(response);
      }
    }
    throw refusal(response.status, response.headers, text, response.host, {
      auth_type: access.auth_type,
      bearer: access.bearer,
      model: modelOf(init.body),
    });
  };
}

function headersFor(init: ApiRequestInit, access: Access, user_agent: string) {
  const ofDashScope =
    access.auth_type === 'qwen-oauth' || isDashScopeHost(new URL(access.endpoint).host);
  return {
    ...(access.bearer !== undefined && { authorization: `Bearer ${checked(access.bearer)}` }),
    'user-agent': user_agent,
    accept: init.accept ?? 'application/json',
    'accept-encoding': 'identity',
    ...(init.body !== undefined && { 'content-type': 'application/json' }),
    ...(ofDashScope && {
      'x-dashscope-cachecontrol': 'enable',
      'x-dashscope-useragent': user_agent,
      'x-dashscope-authtype': access.auth_type,
    }),
  };
}

/** RFC 6750 §2.1 wants a b64token; whatever else is printable ASCII is left for the server to judge. */
function checked(bearer: string): string {
  if (VISIBLE_ASCII.test(bearer)) return bearer;
  throw new UsageError('The API key or token holds characters that no HTTP header can carry', {
    code: 'malformed_key',
    hint: 'Look for a space, a line break or a quotation mark that was copied along with it.',
  });
}

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

function modelOf(body: unknown): string | undefined {
  return isFields(body) && typeof body.model === 'string' ? body.model : undefined;
}
