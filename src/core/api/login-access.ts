import {
  hasQwenPaths,
  hintOfGoneServer,
  isFromQwen,
  issuerOf,
} from '../credentials/authorization-server.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { Session } from '../credentials/session.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';
import { DEFAULT_ENDPOINT, parseEndpoint, resolveEndpoint } from '../qwen/endpoint.ts';
import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { byDefault, type Sourced } from '../settings/layers.ts';
import type { Access, AccessSource } from './access.ts';

/** A login and the API to use it at. */
export interface LoginAccessOptions {
  session: Session;
  /** The API base URL that the user named for this login by flag or profile. */
  named?: Sourced<string> | undefined;
  /** What to do when the API refuses the token. Default: to sign in again. */
  hint?: string | undefined;
}

/**
 * Access to the API by a stored login. Both methods throw the errors of `session` and of
 * {@link requireLoginEndpoint}.
 */
export function loginAccess({ session, named, hint }: LoginAccessOptions): AccessSource {
  return {
    get: async (signal) => accessOf(await session.getValid(signal), named, hint),
    renew: async ({ bearer }, signal) => {
      const renewed = bearer === undefined ? undefined : await session.renew(bearer, signal);
      return renewed && accessOf(renewed, named, hint);
    },
  };
}

function accessOf(
  credentials: Credentials,
  named: Sourced<string> | undefined,
  hint: string | undefined,
): Access {
  const endpoint = requireLoginEndpoint(credentials, named).value;
  // An API elsewhere did not end with the server of the login.
  const isHere = isLoopbackHost(new URL(endpoint).hostname);
  return {
    endpoint,
    bearer: credentials.access_token,
    auth_type: hasQwenPaths(credentials) ? 'qwen-oauth' : 'openai',
    login: true,
    ...given({ hint, gone_hint: isHere ? hintOfGoneServer(issuerOf(credentials)) : undefined }),
  };
}

/**
 * The API base URL of a login: the one that the settings name, else the one that the user named when
 * signing in, else its `resource_url`. A login at Qwen has a default and is limited to Qwen's hosts.
 * Undefined when a login at another issuer names no API.
 * @param named the base URL in the settings
 * @throws the errors of {@link parseEndpoint} and {@link resolveEndpoint}
 */
export function loginEndpoint(
  credentials: Credentials,
  named?: Sourced<string>,
): Sourced<string> | undefined {
  if (named !== undefined) return named;
  const { base_url, resource_url } = credentials;
  if (base_url !== undefined) {
    const source = 'base_url of the login';
    // Plain http was allowed when the user named it.
    return { value: parseEndpoint(base_url, source, true), source, layer: 'stored' };
  }
  const qwen = isFromQwen(credentials);
  if (resource_url?.trim()) {
    const value = resolveEndpoint(resource_url, qwen ? 'qwen' : 'any');
    return { value, source: 'resource_url of the login', layer: 'stored' };
  }
  return qwen ? byDefault(DEFAULT_ENDPOINT) : undefined;
}

/**
 * As {@link loginEndpoint}.
 * @throws UsageError `no_endpoint` when the login names no API; the errors of {@link loginEndpoint}
 */
export function requireLoginEndpoint(
  credentials: Credentials,
  named?: Sourced<string>,
): Sourced<string> {
  const endpoint = loginEndpoint(credentials, named);
  if (endpoint !== undefined) return endpoint;
  throw new UsageError(`The login at ${credentials.issuer} does not name its API`, {
    code: 'no_endpoint',
    hint: 'Name the API with --base-url. To store it with the login: qwen-demo auth --base-url URL',
  });
}
