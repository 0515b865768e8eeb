import { sameUrl } from '../core/credentials/authorization-server.ts';
import { beginLogin, completeLogin } from '../core/credentials/login.ts';
import type { PendingLogin } from '../core/credentials/pending-login.ts';
import { UsageError } from '../core/errors.ts';
import { given } from '../core/given.ts';
import {
  type AuthorizationServer,
  QWEN_CLIENT_ID,
  QWEN_ISSUER,
  QWEN_SCOPE,
} from '../core/qwen/issuer.ts';
import type { IssuerSetting } from '../core/settings/issuer-setting.ts';
import type { Sourced } from '../core/settings/layers.ts';
import type { Credentials } from './credentials.ts';
import { inWordsOfLibrary } from './plain-http.ts';
import { type Ports, systemClock, systemRandom } from './ports.ts';
import { sendOf } from './transport.ts';

/** What a person needs to approve a login (RFC 8628 §3.2). */
export interface DeviceCode {
  user_code: string;
  verification_uri: string;
  verification_uri_complete?: string | undefined;
  /** Milliseconds since the epoch. */
  expires_at: number;
}

/** A login to begin. */
export interface AuthorizeDeviceOptions extends Ports {
  /** The issuer, whose metadata is fetched (RFC 8414). Default: Qwen's, which publishes none. */
  issuer?: string | undefined;
  /** The endpoints of an issuer that publishes none; wins over `issuer`. */
  server?: AuthorizationServer | undefined;
  /** Default: Qwen's at Qwen; every other issuer needs one. */
  client_id?: string | undefined;
  /** Of a client that is not public. It becomes a part of the credentials: each refresh needs it. */
  client_secret?: string | undefined;
  /** Separated by spaces. Default: Qwen's at Qwen; elsewhere `openid` and `offline_access`, if listed. */
  scope?: string | undefined;
  /** The APIs that the token is for (RFC 8707). */
  resource?: string[] | undefined;
  /** Whether the issuer may be plain http beyond this machine and its local network. Default false. */
  allow_http?: boolean | undefined;
  /** The hosts beside the issuer's that may have its endpoints: HOST or HOST:PORT. */
  trust_host?: string[] | undefined;
  /** NAME=VALUE: what the issuer wants in the request for a code, such as `audience=...` at Auth0. */
  param?: string[] | undefined;
  /** Called with what to show to the person. The login waits for their approval. */
  onCode: (code: DeviceCode) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Signs in with the device flow (RFC 8628) and PKCE (RFC 7636), and resolves when the person has
 * approved.
 * @throws AuthError `access_denied`, `expired_token`, `invalid_client` and others; NetworkError;
 *   ProtocolError; UsageError `missing_client_id`, `invalid_issuer`, `plain_http`; the reason of the signal
 */
export async function authorizeDevice(options: AuthorizeDeviceOptions): Promise<Credentials> {
  const { server, client_secret, resource, trust_host, param, allow_http } = options;
  const { onCode, signal, clock = systemClock } = options;
  const ports = { send: sendOf(options.transport), clock, random: systemRandom, signal };
  const pending = await beginLogin(
    {
      issuer: issuerOf(options),
      client_id: clientIdOf(options),
      ...given({ client_secret, trust_host, param, allow_http }),
      scope: options.scope ?? (isOfQwen(options) ? QWEN_SCOPE : undefined),
      resource,
      base_url: undefined,
      // The caller stores the credentials, and remembers what it named.
      place: { store: 'file', path: '' },
      named: {},
    },
    ports,
  ).catch((error: unknown) => {
    throw inWordsOfLibrary(error);
  });
  onCode(shown(pending));
  const credentials = await completeLogin(pending, ports);
  return { ...credentials, ...given({ revocation_endpoint: server?.revocation_endpoint }) };
}

/** Undefined: Qwen's. */
function issuerOf({ issuer, server }: AuthorizeDeviceOptions): IssuerSetting | undefined {
  const named = (value: string): Sourced<string> => ({ value, source: 'issuer', layer: 'flag' });
  if (server !== undefined) {
    const { device_authorization_endpoint, token_endpoint } = server;
    return {
      kind: 'by-hand',
      url: named(server.issuer),
      device_endpoint: { ...named(device_authorization_endpoint), source: 'the device endpoint' },
      token_endpoint: { ...named(token_endpoint), source: 'the token endpoint' },
    };
  }
  return issuer === undefined || sameUrl(issuer, QWEN_ISSUER)
    ? undefined
    : { kind: 'discovery', url: named(issuer) };
}

function isOfQwen({ issuer, server }: AuthorizeDeviceOptions): boolean {
  return sameUrl(server?.issuer ?? issuer ?? QWEN_ISSUER, QWEN_ISSUER);
}

function clientIdOf(options: AuthorizeDeviceOptions): string {
  if (options.client_id !== undefined) return options.client_id;
  if (isOfQwen(options)) return QWEN_CLIENT_ID;
  const issuer = options.server?.issuer ?? options.issuer;
  throw new UsageError(`A login at ${issuer} needs a client id`, {
    code: 'missing_client_id',
    hint: 'Register a client there, public and with the device flow, and name it as client_id.',
  });
}

function shown({ device }: PendingLogin): DeviceCode {
  const { user_code, verification_uri, verification_uri_complete, expires_at } = device;
  return { user_code, verification_uri, expires_at, ...given({ verification_uri_complete }) };
}
