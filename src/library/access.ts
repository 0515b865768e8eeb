import { type AccessSource, fixedAccess } from '../core/api/access.ts';
import { loginAccess } from '../core/api/login-access.ts';
import type { Session as CoreSession } from '../core/credentials/session.ts';
import { parseEndpoint } from '../core/qwen/endpoint.ts';
import type { Session } from './session.ts';

/** Access to an API: a session, or a key with an endpoint. */
export interface AccessOptions {
  /** Its credentials name the endpoint, unless `endpoint` does. */
  session?: Session | undefined;
  /** Not needed for a server on loopback. */
  api_key?: string | undefined;
  /** The API base URL, such as `http://127.0.0.1:11434/v1`. Needed without a session. */
  endpoint?: string | undefined;
}

/** @throws UsageError `invalid_base_url`; TypeError without a session and an endpoint */
export function accessOf({ session, api_key, endpoint }: AccessOptions): AccessSource {
  const value = endpoint === undefined ? undefined : parseEndpoint(endpoint, 'endpoint', true);
  if (session !== undefined) {
    const named =
      value === undefined ? undefined : ({ value, source: 'endpoint', layer: 'flag' } as const);
    return loginAccess({ session: session as CoreSession, named });
  }
  if (value === undefined) throw new TypeError('Name a session or an endpoint');
  return fixedAccess(value, api_key);
}
