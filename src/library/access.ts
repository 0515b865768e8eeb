import { type AccessSource, fixedAccess } from '../core/api/access.ts';
import { loginAccess } from '../core/api/login-access.ts';
import type { Session as CoreSession } from '../core/credentials/session.ts';
import { parseEndpoint } from '../core/qwen/endpoint.ts';
import { parseHeaders, parseKeyHeader } from '../core/settings/headers.ts';
import { inWordsOfLibrary } from './plain-http.ts';
import type { Session } from './session.ts';

/** Access to an API: a session, or a key with an endpoint. */
export interface AccessOptions {
  /** Its credentials name the endpoint, unless `endpoint` does. */
  session?: Session | undefined;
  /** Not needed for a server on loopback. */
  api_key?: string | undefined;
  /** The header that carries `api_key` alone, such as `api-key`. Default: `Authorization: Bearer`. */
  api_key_header?: string | undefined;
  /** More headers of the requests to the API. Their values are secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The API base URL, such as `http://127.0.0.1:11434/v1`. Needed without a session. */
  endpoint?: string | undefined;
  /** Whether `endpoint` may be plain http beyond this machine and its local network. Default false. */
  allow_http?: boolean | undefined;
}

/**
 * @throws UsageError `invalid_base_url`, `plain_http`, `invalid_header`; TypeError without a session and
 *   an endpoint
 */
export function accessOf(options: AccessOptions): AccessSource {
  const { session, api_key, api_key_header } = options;
  const value = namedEndpoint(options);
  if (session !== undefined) {
    const named =
      value === undefined ? undefined : ({ value, source: 'endpoint', layer: 'flag' } as const);
    return loginAccess({ session: session as CoreSession, named });
  }
  if (value === undefined) throw new TypeError('Name a session or an endpoint');
  const key_header = api_key_header && parseKeyHeader(api_key_header, 'api_key_header');
  return fixedAccess(value, api_key, key_header);
}

/** Undefined: the login of the session names it. @throws UsageError `invalid_base_url`, `plain_http` */
export function namedEndpoint({ endpoint, allow_http }: AccessOptions): string | undefined {
  if (endpoint === undefined) return undefined;
  try {
    return parseEndpoint(endpoint, 'endpoint', allow_http === true);
  } catch (error) {
    throw inWordsOfLibrary(error);
  }
}

/** With names in lower case. @throws UsageError `invalid_header` */
export function headersOf({ headers = {} }: AccessOptions): Record<string, string> {
  return parseHeaders(headers, 'headers');
}
