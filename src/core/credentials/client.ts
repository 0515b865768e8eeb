/** The client of a login: of a new one, and of a stored one. */
import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { CLIENT_AUTH_METHODS, type ClientAuthMethod, type OAuthClient } from '../oauth/client.ts';
import { hostOf } from '../qwen/hosts.ts';
import { QWEN_CLIENT_ID } from '../qwen/issuer.ts';
import type { IssuerSetting } from '../settings/issuer-setting.ts';
import type { Sourced } from '../settings/layers.ts';
import type { Settings } from '../settings/settings.ts';
import { hasQwenPaths, isQwenSetting, type LoginServer, sameUrl } from './authorization-server.ts';
import type { Credentials } from './credentials.ts';

/**
 * The client of a stored login: the recorded one, else that of the settings, else Qwen's for a login
 * at Qwen, a mirror or the sandbox. Undefined for a login at another issuer that records none.
 */
export function clientIdOf(
  stored: Pick<Credentials, 'client_id' | 'issuer' | 'token_endpoint'>,
  { client_id }: Pick<Settings, 'client_id'>,
): string | undefined {
  const qwen = hasQwenPaths(stored) ? QWEN_CLIENT_ID : undefined;
  return stored.client_id ?? client_id?.value ?? qwen;
}

/** What a client that signs in is made of. */
export interface ClientInput extends Pick<Settings, 'issuer' | 'client_id'> {
  /** The client secret that the user gives. */
  secret: Sourced<string> | undefined;
  /** The stored login at the same issuer; see {@link loginAtIssuer}. */
  known: Credentials | undefined;
}

/** The stored login, if it is from the issuer of the settings and that is not Qwen. */
export function loginAtIssuer(
  stored: Credentials | undefined,
  issuer: IssuerSetting | undefined,
): Credentials | undefined {
  if (stored?.issuer === undefined || issuer === undefined || isQwenSetting(issuer))
    return undefined;
  return sameUrl(stored.issuer, issuer.url.value) ? stored : undefined;
}

/**
 * The client that signs in. Qwen's is only for Qwen, a mirror of it and the sandbox. Another login at
 * the issuer of the stored one uses its client and its secret, unless the user names others.
 * @throws UsageError `missing_client_id`
 */
export function clientForLogin({ issuer, client_id, secret, known }: ClientInput): OAuthClient {
  if (issuer === undefined || isQwenSetting(issuer)) {
    if (client_id === undefined && secret?.layer === 'flag') throw missingClientId('Qwen', secret);
    // A secret in the environment belongs to a client that is not Qwen's.
    if (client_id === undefined) return { client_id: QWEN_CLIENT_ID };
    return { client_id: client_id.value, ...given({ client_secret: secret?.value }) };
  }
  const id = client_id?.value ?? known?.client_id;
  if (id === undefined) throw missingClientId(hostOf(issuer.url.value), secret);
  const kept = known?.client_id === id ? known.client_secret : undefined;
  return { client_id: id, ...given({ client_secret: secret?.value ?? kept }) };
}

function missingClientId(host: string, secret: Sourced<string> | undefined): UsageError {
  return new UsageError(
    secret?.layer === 'flag'
      ? `${secret.source} needs the client id of that secret`
      : `A login at ${host} needs a client id`,
    {
      code: 'missing_client_id',
      hint:
        'Register a client there, public and with the device flow, and add --client-id ID.\n' +
        'docs/issuers.md shows how at GitHub, Google, Entra ID, Okta, Auth0, Keycloak and others.',
    },
  );
}

/**
 * The ways to send a client secret to a server, in the order in which they are tried. The body comes
 * first where the server accepts both: the device endpoint of Dex reads no header. Without a list the
 * default is the header (RFC 8414 §2); endpoints by hand (GitHub's, Google's) take the body.
 */
export function authMethodsFor(
  server: Pick<LoginServer, 'token_endpoint_auth_methods_supported'>,
): ClientAuthMethod[] {
  const listed = server.token_endpoint_auth_methods_supported;
  if (listed === undefined) return [...CLIENT_AUTH_METHODS];
  const known = CLIENT_AUTH_METHODS.filter((method) => listed.includes(method));
  return known.length > 0 ? known : CLIENT_AUTH_METHODS.toReversed();
}

/**
 * The client of a stored login with its secret, for requests to its issuer.
 * @throws UsageError `missing_client_id`
 */
export function oauthClientOf(
  stored: Credentials,
  settings: Pick<Settings, 'client_id'>,
): OAuthClient {
  const { client_secret, token_endpoint_auth_method } = stored;
  const client_id = clientIdOf(stored, settings);
  if (client_id === undefined) throw missingClientId(hostOf(stored.issuer ?? ''), undefined);
  return { client_id, ...given({ client_secret, token_endpoint_auth_method }) };
}
