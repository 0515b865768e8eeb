/** The authorization server and the client of a login: of a new one, and of a stored one. */
import { AuthError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import { discover, parseIssuer } from '../oauth/discovery.ts';
import {
  type AuthorizationServer,
  QWEN_CLIENT_ID,
  QWEN_ISSUER,
  qwenServer,
} from '../qwen/issuer.ts';
import { howToLeaveOut } from '../settings/layers.ts';
import type { IssuerSetting, Settings } from '../settings/settings.ts';
import type { Credentials } from './credentials.ts';

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

function sameUrl(one: string, other: string): boolean {
  const href = (text: string) => (URL.canParse(text) ? new URL(text).href : text);
  return href(one).replace(/\/+$/, '') === href(other).replace(/\/+$/, '');
}
