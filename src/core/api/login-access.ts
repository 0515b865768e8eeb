import type { Credentials } from '../credentials/credentials.ts';
import type { Session } from '../credentials/session.ts';
import { parseEndpoint, resolveEndpoint } from '../qwen/endpoint.ts';
import { UsageError } from '../errors.ts';
import { QWEN_ISSUER, qwenServer } from '../qwen/issuer.ts';
import type { Access, AccessSource } from './access.ts';

export interface LoginAccessOptions {
  session: Session;
  /** The API the user named for this login by flag or profile. */
  base_url: string | undefined;
}

/** Access by a login that `session` keeps fresh. */
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
    endpoint: base_url ?? loginEndpoint(credentials),
    bearer: credentials.access_token,
    auth_type: hasQwenPaths(credentials) ? 'qwen-oauth' : 'openai',
  };
}

/** Whether a login was made at Qwen itself: such credentials record no issuer. */
function isFromQwen({ issuer }: Credentials): boolean {
  return issuer === undefined || issuer === QWEN_ISSUER;
}

/** Whether a login was made at Qwen or at a stand-in for it, which is to be treated alike. */
function hasQwenPaths(credentials: Credentials): boolean {
  const { issuer, token_endpoint } = credentials;
  if (issuer === undefined || isFromQwen(credentials)) return true;
  return token_endpoint === qwenServer(issuer).token_endpoint;
}

/**
 * The API a login leads to: the base URL it was made for, else its `resource_url`. Only Qwen's own
 * logins may do without both, and only theirs are kept to Qwen's hosts.
 * @throws UsageError `no_endpoint`; what `resolveEndpoint` throws
 */
export function loginEndpoint(credentials: Credentials): string {
  const { base_url, resource_url, issuer } = credentials;
  if (base_url !== undefined) return parseEndpoint(base_url, 'base_url of the login');
  if (isFromQwen(credentials)) return resolveEndpoint(resource_url, 'qwen');
  if (resource_url !== undefined && resource_url.trim() !== '') {
    return resolveEndpoint(resource_url, 'any');
  }
  throw new UsageError(`The login at ${issuer} does not say which API it is for`, {
    code: 'no_endpoint',
    hint: 'Name the API with --base-url; given to `qwen-demo auth`, it is remembered.',
  });
}
