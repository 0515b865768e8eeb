import type { Credentials } from '../credentials/credentials.ts';
import type { Session } from '../credentials/session.ts';
import { parseEndpoint, resolveEndpoint } from '../qwen/endpoint.ts';
import { UsageError } from '../errors.ts';
import { QWEN_ISSUER, qwenServer } from '../qwen/issuer.ts';
import type { Access, AccessSource } from './access.ts';

/** A login and the API to use it at. */
export interface LoginAccessOptions {
  session: Session;
  /** The API base URL that the user named for this login by flag or profile. */
  base_url: string | undefined;
}

/**
 * Access to the API by a stored login. Both methods throw the errors of `session` and of
 * {@link requireLoginEndpoint}.
 */
export function loginAccess({ session, base_url }: LoginAccessOptions): AccessSource {
  return {
    get: async (signal) => accessOf(await session.getValid(signal), base_url),
    renew: async ({ bearer }, signal) => {
      const renewed = bearer === undefined ? undefined : await session.renew(bearer, signal);
      return renewed && accessOf(renewed, base_url);
    },
  };
}

function accessOf(credentials: Credentials, base_url: string | undefined): Access {
  return {
    endpoint: base_url ?? requireLoginEndpoint(credentials),
    bearer: credentials.access_token,
    auth_type: hasQwenPaths(credentials) ? 'qwen-oauth' : 'openai',
  };
}

/** Whether a login was made at Qwen, whose credentials record no issuer. */
function isFromQwen({ issuer }: Credentials): boolean {
  return issuer === undefined || issuer === QWEN_ISSUER;
}

/** Whether a login was made at Qwen, or at a server with Qwen's paths: a mirror or the sandbox. */
function hasQwenPaths(credentials: Credentials): boolean {
  const { issuer, token_endpoint } = credentials;
  if (issuer === undefined || isFromQwen(credentials)) return true;
  return token_endpoint === qwenServer(issuer).token_endpoint;
}

/**
 * The API base URL of a login: the one that the user named for it, else its `resource_url`. A login
 * at Qwen has a default and is limited to Qwen's hosts. Undefined when a login at another issuer
 * names no API.
 * @throws the errors of {@link parseEndpoint} and {@link resolveEndpoint}
 */
export function loginEndpoint(credentials: Credentials): string | undefined {
  const { base_url, resource_url } = credentials;
  if (base_url !== undefined) return parseEndpoint(base_url, 'base_url of the login');
  if (isFromQwen(credentials)) return resolveEndpoint(resource_url, 'qwen');
  return resource_url?.trim() ? resolveEndpoint(resource_url, 'any') : undefined;
}

/**
 * As {@link loginEndpoint}.
 * @throws UsageError `no_endpoint` when the login names no API; the errors of {@link loginEndpoint}
 */
export function requireLoginEndpoint(credentials: Credentials): string {
  const endpoint = loginEndpoint(credentials);
  if (endpoint !== undefined) return endpoint;
  throw new UsageError(`The login at ${credentials.issuer} does not name its API`, {
    code: 'no_endpoint',
    hint: 'Name the API with --base-url. To store it with the login: qwen-demo auth --base-url URL',
  });
}
