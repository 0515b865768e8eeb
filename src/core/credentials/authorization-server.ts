/** The authorization server of a login: of a new one, and of a stored one. */
import { AuthError, UsageError } from '../errors.ts';
import { given } from '../given.ts';
import type { Send } from '../http/message.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';
import { mayBePlain, plainHttp } from '../qwen/endpoint.ts';
import { discover, type DiscoveredServer, parseIssuer, secureUrl } from '../oauth/discovery.ts';
import { quote } from '../oauth/error-response.ts';
import { type AuthorizationServer, QWEN_ISSUER, qwenServer } from '../qwen/issuer.ts';
import type { IssuerSetting } from '../settings/issuer-setting.ts';
import { howToLeaveOut, type Sourced } from '../settings/layers.ts';
import type { Credentials, Origin } from './credentials.ts';

/** A server to sign in at, with what its metadata lists. */
export type LoginServer = AuthorizationServer & Partial<DiscoveredServer>;

/** How a server is reached. */
export interface ServerRequest {
  /** The hosts beside the issuer's that may have its endpoints. */
  trust_host?: readonly string[] | undefined;
  /** Whether a server may be plain http beyond loopback and local networks. */
  allow_http?: boolean | undefined;
  send: Send;
  signal?: AbortSignal | undefined;
}

/**
 * The server to sign in at: by its metadata, with the paths of Qwen's, or with endpoints by hand.
 * @param configured undefined: Qwen's own
 * @throws UsageError `invalid_issuer`, `invalid_endpoint`, `missing_endpoint`; the errors of
 *   {@link discover}
 */
export async function serverForLogin(
  configured: IssuerSetting | undefined,
  request: ServerRequest,
): Promise<LoginServer> {
  if (configured === undefined) return qwenServer();
  const { value } = configured.url;
  const { allow_http } = request;
  const endpoints = given({
    device_authorization_endpoint: endpointOf(configured.device_endpoint, allow_http),
    token_endpoint: endpointOf(configured.token_endpoint, allow_http),
  });
  const { device_authorization_endpoint, token_endpoint } = endpoints;
  switch (configured.kind) {
    case 'qwen-paths':
      return { ...qwenServer(issuerUrl(configured, allow_http)), ...endpoints };
    case 'discovery':
      return discover({
        ...request,
        issuer: issuerUrl(configured, allow_http),
        // Parsed a line above.
        allow_http: true,
        ...endpoints,
      });
    case 'by-hand':
      if (device_authorization_endpoint === undefined || token_endpoint === undefined) {
        const missing = token_endpoint === undefined ? '--token-endpoint' : '--device-endpoint';
        throw new UsageError(`One endpoint is not enough: ${missing} is missing too`, {
          code: 'missing_endpoint',
          hint: `Add ${missing} URL, or --issuer URL for an issuer that publishes the other one.`,
        });
      }
      return { issuer: value, device_authorization_endpoint, token_endpoint };
  }
}

/**
 * The URL of an issuer. That of a stored login was allowed when it was named.
 * @throws UsageError `invalid_issuer`, `plain_http`
 */
export function issuerUrl({ url }: Pick<IssuerSetting, 'url'>, allow_http = false): string {
  const { value, source, layer } = url;
  return parseIssuer(value, { source, allow_http: allow_http || layer === 'stored' }).href;
}

/** @throws UsageError `invalid_endpoint` for a URL that no secret may be sent to, `plain_http` */
function endpointOf(named: Sourced<string> | undefined, allow_http = false): string | undefined {
  if (named === undefined) return undefined;
  const url = secureUrl(named.value.trim(), () => true);
  if (url && !mayBePlain(url, allow_http || named.layer === 'stored')) {
    throw plainHttp(`${named.source} names`, url);
  }
  if (url?.hash === '') return url.href;
  throw new UsageError(`${named.source}: ${quote(named.value)} is not an endpoint`, {
    code: 'invalid_endpoint',
    hint: 'An endpoint is an https URL without a user: https://login.example.com/device/code',
  });
}

/**
 * The command that signs in at the server of the settings; `ID` stands for a client id that is missing.
 * @param client_id the one that the settings name
 */
export function signInCommand(configured: IssuerSetting | undefined, client_id?: string): string {
  const named = isQwenSetting(configured) || client_id !== undefined;
  return named ? 'qwen-demo auth' : 'qwen-demo auth --client-id ID';
}

/**
 * The server that refreshes a stored login: the one that issued it, whatever the settings name now.
 * Credentials that record no issuer are Qwen's, or those of a mirror in the settings.
 * @throws AuthError `other_issuer` when the settings name another one; the errors of
 *   {@link serverForLogin}
 */
export async function serverForRefresh(
  login: Credentials,
  configured: IssuerSetting | undefined,
  { client_id, ...request }: ServerRequest & { client_id?: string | undefined },
): Promise<Pick<AuthorizationServer, 'token_endpoint'>> {
  const { token_endpoint, trust_host } = login;
  const issuer = issuerOf(login, configured);
  if (configured !== undefined && !sameUrl(configured.url.value, issuer)) {
    const { value } = configured.url;
    throw new AuthError(`The stored login is from ${issuer}, not from ${value}`, {
      code: 'other_issuer',
      hint:
        `To use the stored login, ${howToLeaveOut(configured.url)}. ` +
        `To sign in there: ${signInCommand(configured, client_id)}`,
    });
  }
  if (login.issuer === undefined) return serverForLogin(configured, request);
  return token_endpoint === undefined
    ? discover({ ...request, issuer, trust_host, allow_http: true })
    : { token_endpoint };
}

/** The issuer of a stored login. One that records none is Qwen's, or that of a mirror in the settings. */
export function issuerOf({ issuer }: Pick<Credentials, 'issuer'>, configured?: IssuerSetting) {
  const mirror = configured && isQwenSetting(configured) ? configured.url.value : undefined;
  return issuer ?? mirror ?? QWEN_ISSUER;
}

/** What to do when the server of a login was on this machine and has ended, as the sandbox does. */
export function hintOfGoneServer(issuer: string): string | undefined {
  if (!URL.canParse(issuer) || !isLoopbackHost(new URL(issuer).hostname)) return undefined;
  return (
    `The login is from ${issuer}, a server on this machine that has ended, as a sandbox does.\n` +
    'Start it again, or sign in elsewhere: qwen-demo auth --issuer URL --client-id ID'
  );
}

/** Whether a login is from Qwen. */
export function isFromQwen(login: Pick<Credentials, 'issuer'>): boolean {
  return issuerOf(login) === QWEN_ISSUER;
}

/** Whether a login is from Qwen, or from a server with Qwen's paths: a mirror or the sandbox. */
export function hasQwenPaths(login: Pick<Credentials, 'issuer' | 'token_endpoint'>): boolean {
  return isFromQwen(login) || login.token_endpoint === qwenServer(login.issuer).token_endpoint;
}

/** Whether a login goes to Qwen, or to a server that stands for it: a mirror or the sandbox. */
export function isQwenSetting(issuer: IssuerSetting | undefined): boolean {
  if (issuer === undefined) return true;
  const { kind, device_endpoint, token_endpoint } = issuer;
  return kind === 'qwen-paths' && (device_endpoint ?? token_endpoint) === undefined;
}

/**
 * The server of a stored login, for a new login that names none. Undefined: Qwen's.
 * @param source where the login is stored, for messages
 */
export function issuerOfLogin(login: Origin, source: string): IssuerSetting | undefined {
  const { issuer, token_endpoint, device_authorization_endpoint: device } = login;
  if (issuer === undefined || (isFromQwen(login) && device === undefined)) return undefined;
  const stored = (value: string): Sourced<string> => ({ value, source, layer: 'stored' });
  if (device !== undefined && token_endpoint !== undefined) {
    const endpoints = { device_endpoint: stored(device), token_endpoint: stored(token_endpoint) };
    return { kind: 'by-hand', url: stored(issuer), ...endpoints };
  }
  return { kind: hasQwenPaths(login) ? 'qwen-paths' : 'discovery', url: stored(issuer) };
}

/** Whether two URLs are the same but for a final slash. */
export function sameUrl(one: string, other: string): boolean {
  const href = (text: string) => (URL.canParse(text) ? new URL(text).href : text);
  return href(one).replace(/\/+$/, '') === href(other).replace(/\/+$/, '');
}
