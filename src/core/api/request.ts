import { isFields } from '../json.ts';
import { NetworkError, rephrase, UsageError } from '../errors.ts';
import { given } from '../given.ts';
import {
  isSuccess,
  VISIBLE_ASCII,
  type HttpRequest,
  type HttpResponse,
  type Send,
} from '../http/message.ts';
import { readRefusal } from '../http/body.ts';
import type { Access, AccessSource } from './access.ts';
import { type ApiPath, apiUrl } from '../qwen/api-url.ts';
import { isDashScopeHost } from '../qwen/hosts.ts';
import type { RefusalContext } from './refusal-hints.ts';

/** A request to the API, without access and endpoint. */
export interface ApiRequestInit {
  method: 'GET' | 'POST';
  /** Appended to the endpoint. */
  path: ApiPath;
  /** Of this request alone, without its question mark. */
  query?: string | undefined;
  /** Sent as JSON. */
  body?: unknown;
  /** Default `application/json`. */
  accept?: string;
  /** As in {@link HttpRequest}. */
  default_timeouts?: HttpRequest['default_timeouts'];
  /** As in {@link HttpRequest}. */
  late_content?: boolean;
  /** As in {@link HttpRequest}. */
  retries?: HttpRequest['retries'];
  signal?: AbortSignal | undefined;
}

/** The answer to a request and the access it was sent with. */
export interface ApiResponse {
  /** Its status is 2xx, its body is not read yet. */
  response: HttpResponse;
  access: Access;
  /** For an error that the body reports. */
  context: RefusalContext;
}

/**
 * Sends one request to the API.
 * @throws AuthError, ApiError, QuotaError or ProtocolError for a status other than 2xx, see
 *   {@link refusal}; UsageError `malformed_key`; AuthError and StorageError of the access source;
 *   NetworkError and ProtocolError of {@link Send}; the signal's reason
 */
export type ApiRequest = (init: ApiRequestInit) => Promise<ApiResponse>;

/** What every request of one connection has in common. */
export interface ApiRequestOptions {
  send: Send;
  access: AccessSource;
  user_agent: string;
  /** More headers, which are secrets; lower-case names. They win over those of the program. */
  headers?: Readonly<Record<string, string>>;
}

/** Makes an ApiRequest that renews its access after a 401 and then sends the request once more. */
export function createApiRequest(options: ApiRequestOptions): ApiRequest {
  const { send, access: source, user_agent, headers = {} } = options;
  const secrets = Object.values(headers);

  const exchange = (init: ApiRequestInit, access: Access, again?: string) =>
    send({
      method: init.method,
      url: apiUrl(access.endpoint, init.path, init.query),
      headers: { ...headersFor(init, access, user_agent), ...headers },
      secret_headers: secretHeaders(access, headers),
      ...given({ body: init.body === undefined ? undefined : JSON.stringify(init.body) }),
      signal: init.signal,
      follow: true,
      default_timeouts: init.default_timeouts,
      late_content: init.late_content,
      retries: init.retries,
      again,
    }).catch((error: unknown) => {
      throw explainGone(error, access.gone_hint);
    });

  return async (init) => {
    let access = await source.get(init.signal);
    let response = await exchange(init, access);
    let refused = isSuccess(response) ? undefined : await readRefusal(response);
    if (response.status === 401) {
      const renewed = await source.renew(access, init.signal);
      if (renewed !== undefined) {
        access = renewed;
        response = await exchange(init, access, RENEWED);
        refused = isSuccess(response) ? undefined : await readRefusal(response);
      }
    }
    const { auth_type, bearer, login, hint } = access;
    const context: RefusalContext = {
      auth_type,
      bearer,
      secrets,
      login,
      hint,
      busy_until: response.busy_until,
      ...askedOf(init.body),
    };
    if (refused === undefined) return { response, access, context };
    // Few requests are refused: the rules take 2 ms to load.
    const { refusal } = await import('./refusal.ts');
    throw refusal(response.status, response.headers, refused, response.host, context);
  };
}

/** Why a request is sent again after a 401. */
export const RENEWED = 'HTTP 401 came, and the access was renewed';

function explainGone(error: unknown, hint: string | undefined): unknown {
  const refused = error instanceof NetworkError && error.code === 'connection_refused';
  return refused && hint !== undefined ? rephrase(error, { hint }) : error;
}

function headersFor(init: ApiRequestInit, access: Access, user_agent: string) {
  return given({
    ...accessHeaders(access, user_agent),
    accept: init.accept ?? 'application/json',
    'accept-encoding': 'identity',
    'content-type': init.body === undefined ? undefined : 'application/json',
  });
}

/** The names of headers that are secrets beside those that are by their names. */
export function secretHeaders({ key_header }: Access, headers: Readonly<Record<string, string>>) {
  return [...Object.keys(headers), ...[key_header ?? []].flat()];
}

/** The headers that give access. @throws UsageError `malformed_key` */
export function accessHeaders(access: Access, user_agent: string): Record<string, string> {
  const ofDashScope =
    access.auth_type === 'qwen-oauth' || isDashScopeHost(new URL(access.endpoint).host);
  const { bearer, key_header } = access;
  const key = bearer === undefined ? undefined : checked(bearer);
  return given({
    [key_header ?? 'authorization']: key && (key_header === undefined ? `Bearer ${key}` : key),
    'user-agent': user_agent,
    ...(ofDashScope && {
      'x-dashscope-cachecontrol': 'enable',
      'x-dashscope-useragent': user_agent,
      'x-dashscope-authtype': access.auth_type,
    }),
  });
}

/** RFC 6750 §2.1 allows a b64token; other visible ASCII can be sent, and the server decides. */
function checked(bearer: string): string {
  if (VISIBLE_ASCII.test(bearer)) return bearer;
  throw new UsageError('The API key or token holds characters that no HTTP header can carry', {
    code: 'malformed_key',
    hint: 'Look for a space, a line break or a quotation mark at its beginning or end.',
  });
}

/** What an error says about the request. */
function askedOf(body: unknown): Pick<RefusalContext, 'model' | 'max_tokens'> {
  if (!isFields(body)) return {};
  const { model, max_tokens } = body;
  return given({
    model: typeof model === 'string' ? model : undefined,
    max_tokens: typeof max_tokens === 'number' ? max_tokens : undefined,
  });
}
