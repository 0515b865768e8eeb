/** The authorization server and the client of a login: of a new one, and of a stored one. */
import { AuthError } from '../errors.ts';
import { given } from '../given.ts';
import type { Send } from '../http/message.ts';
import type { OAuthClient } from '../oauth/client.ts';
import { discover, parseIssuer } from '../oauth/discovery.ts';
import {
  type AuthorizationServer,
  QWEN_CLIENT_ID,
  QWEN_ISSUER,
  QWEN_SCOPE,
  qwenServer,
} from '../qwen/issuer.ts';
import { howToLeaveOut } from '../settings/layers.ts';
import type { IssuerSetting, Settings } from '../settings/settings.ts';
import type { Credentials, Origin } from './credentials.ts';

/**
 * The server to sign in at: by its metadata, or with the paths of Qwen's.
 * @param configured undefined: Qwen's own
 * @throws UsageError `invalid_issuer`; the errors of {@link discover}
 */
export async function serverForLogin(
  configured: IssuerSetting | undefined,
  send: Send,
  signal?: AbortSignal,
): Promise<AuthorizationServer> {
  if (configured === undefined) return qwenServer();
  const { value, source } = configured.url;
  if (configured.kind === 'discovery') return discover({ issuer: value, send, signal });
  return qwenServer(parseIssuer(value, source).href);
}

/**
 * The server that refreshes a stored login: the one that issued it, whatever the settings name now.
 * Credentials that record no issuer are Qwen's, or those of the server in the settings.
 * @throws AuthError `other_issuer` when the settings name another one; the errors of
 *   {@link serverForLogin}
 */
export async function serverForRefresh(
  { issuer, token_endpoint }: Credentials,
  configured: IssuerSetting | undefined,
  send: Send,
  signal?: AbortSignal,
): Promise<Pick<AuthorizationServer, 'token_endpoint'>> {
  if (issuer === undefined) return serverForLogin(configured, send, signal);
  if (configured !== undefined && !sameUrl(configured.url.value, issuer)) {
    const { value } = configured.url;
    throw new AuthError(`The stored login is from ${issuer}, not from ${value}`, {
      code: 'other_issuer',
      hint: `Sign in there with \`qwen-demo auth\`, or ${howToLeaveOut(configured.url)}.`,
    });
  }
  return token_endpoint === undefined ? discover({ issuer, send, signal }) : { token_endpoint };
}

/**
 * The issuer of a stored login. One that records none is from the server of the settings, which is
 * Qwen's unless they name another.
 */
export function issuerOf({ issuer }: Pick<Credentials, 'issuer'>, configured?: IssuerSetting) {
  return issuer ?? configured?.url.value ?? QWEN_ISSUER;
}

/** Whether a login is from Qwen. */
export function isFromQwen(login: Pick<Credentials, 'issuer'>): boolean {
  return issuerOf(login) === QWEN_ISSUER;
}

/** Whether a login is from Qwen, or from a server with Qwen's paths: a mirror or the sandbox. */
export function hasQwenPaths(login: Pick<Credentials, 'issuer' | 'token_endpoint'>): boolean {
  return isFromQwen(login) || login.token_endpoint === qwenServer(login.issuer).token_endpoint;
}

/** The client of a login: the one that a stored login records, else that of the settings, else Qwen's. */
export function clientIdOf(
  stored: Pick<Credentials, 'client_id'> | undefined,
  { client_id }: Pick<Settings, 'client_id'>,
): string {
  return stored?.client_id ?? client_id?.value ?? QWEN_CLIENT_ID;
}

/** The client of a stored login with its secret, for requests to its issuer. */
export function clientOf(stored: Credentials, settings: Pick<Settings, 'client_id'>): OAuthClient {
  const { client_secret, token_endpoint_auth_method } = stored;
  return {
    client_id: clientIdOf(stored, settings),
    ...given({ client_secret, token_endpoint_auth_method }),
  };
}

/** What makes `qwen-demo auth login` sign in where a stored login came from. */
export interface SameOrigin {
  /** Environment variables: a server with the paths of Qwen has no flag. */
  env: readonly (readonly [name: string, value: string])[];
  /** Flags, each with one value, not quoted for a shell. */
  flags: readonly (readonly [flag: string, value: string])[];
}

/**
 * The variables and flags that name the issuer, the client, the scope and the API of a stored login.
 * A client secret is not among them: a login of the same client at the same issuer uses the stored one.
 */
export function sameOrigin(login: Origin): SameOrigin {
  const { issuer, token_endpoint, device_authorization_endpoint: device } = login;
  const qwen = hasQwenPaths(login);
  const client_id = qwen && login.client_id === QWEN_CLIENT_ID ? undefined : login.client_id;
  const scope = qwen && login.scope === QWEN_SCOPE ? undefined : login.scope;
  const by_hand = device !== undefined && token_endpoint !== undefined;
  const flags: [string, string | readonly string[] | undefined][] = [
    ['--issuer', qwen ? undefined : issuer],
    ['--device-endpoint', by_hand ? device : undefined],
    ['--token-endpoint', by_hand ? token_endpoint : undefined],
    ['--trust-host', login.trust_host],
    ['--client-id', client_id],
    ['--scope', scope],
    ['--resource', login.resource],
    ['--param', login.param],
    ['--base-url', login.base_url],
  ];
  return {
    env: qwen && issuer !== undefined ? [['QWEN_DEMO_OAUTH_BASE_URL', issuer]] : [],
    flags: flags.flatMap(([flag, values]) =>
      [values ?? []].flat().map((value) => [flag, value] as const),
    ),
  };
}

function sameUrl(one: string, other: string): boolean {
  const href = (text: string) => (URL.canParse(text) ? new URL(text).href : text);
  return href(one).replace(/\/+$/, '') === href(other).replace(/\/+$/, '');
}
