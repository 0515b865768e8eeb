import { AuthError } from '../errors.ts';
import { given } from '../given.ts';
import type { Send } from '../http/message.ts';
import type { ClientAuthMethod, OAuthClient } from '../oauth/client.ts';
import { requestDeviceAuthorization } from '../oauth/device-authorization.ts';
import { type Poll, pollForToken } from '../oauth/poll.ts';
import { type AuthorizationServer, QWEN_SCOPE } from '../qwen/issuer.ts';
import type { Clock, Random } from '../ports.ts';
import type { Sourced } from '../settings/layers.ts';
import type { IssuerSetting } from '../settings/issuer-setting.ts';
import type { Settings } from '../settings/settings.ts';
import { type Credentials, mergeTokenResponse, type Origin } from './credentials.ts';
import type { LoginPlace } from './file-session.ts';
import {
  isFromQwen,
  isQwenSetting,
  issuerUrl,
  type LoginServer,
  serverForLogin,
} from './authorization-server.ts';
import { authMethodsFor, clientForLogin, type ClientInput, loginAtIssuer } from './client.ts';
import type { NamedByFlag, PendingLogin } from './pending-login.ts';

/** What to sign in for: the settings of a login, with their defaults. Plain data. */
export interface LoginRequest extends OAuthClient {
  /** Undefined: Qwen's. */
  issuer: IssuerSetting | undefined;
  /** Undefined: Qwen's, or what the issuer lists. */
  scope: string | undefined;
  /** Whether the issuer may be plain http beyond loopback and local networks. */
  allow_http?: boolean | undefined;
  /** The hosts beside the issuer's that may have its endpoints. */
  trust_host?: string[] | undefined;
  /** NAME=VALUE: more fields of the device authorization request. */
  param?: string[] | undefined;
  /** RFC 8707: the APIs that the tokens are for. */
  resource: string[] | undefined;
  /** The API base URL that the user named for the login. */
  base_url: string | undefined;
  place: LoginPlace;
  named: NamedByFlag;
}

/** What a login needs of the world. */
export interface LoginPorts {
  send: Send;
  clock: Clock;
  random: Random;
  signal?: AbortSignal | undefined;
}

/** What a login request is made of beside the settings. */
export interface LoginInput extends Pick<ClientInput, 'secret'> {
  /** The login that the new one replaces. */
  stored: Credentials | undefined;
  place: LoginPlace;
  named: NamedByFlag;
}

/**
 * The only step from settings to a login: a new setting of a login is added here. What the user does
 * not name is that of the stored login at the same issuer.
 * @throws UsageError `invalid_issuer`, `missing_client_id`
 */
export function loginRequest(settings: Settings, input: LoginInput): LoginRequest {
  const { issuer, client_id, scope, resource, auth } = settings;
  const { secret, stored, place, named } = input;
  const known = loginAtIssuer(stored, issuer);
  const allow_http = settings.allow_http?.value;
  if (issuer && issuer.kind !== 'by-hand') issuerUrl(issuer, allow_http);
  return {
    issuer,
    allow_http,
    ...clientForLogin({ issuer, client_id, secret, known }),
    scope: scope?.value ?? known?.scope,
    trust_host: settings.trust_host?.value ?? known?.trust_host,
    param: settings.param?.value ?? known?.param,
    resource: resource?.value ?? known?.resource,
    base_url: auth.base_url?.value ?? known?.base_url,
    place,
    named,
  };
}

/**
 * The settings of a login that were named by flag, under their names in `config.json`.
 * @param path the absolute path of the credentials file
 */
export function namedByFlag(settings: Settings, path: string): NamedByFlag {
  const { issuer, client_id, scope, resource, auth, credentials } = settings;
  return given({
    issuer: fromFlag(issuer?.url),
    device_endpoint: fromFlag(issuer?.device_endpoint),
    token_endpoint: fromFlag(issuer?.token_endpoint),
    trust_host: fromFlag(settings.trust_host),
    param: fromFlag(settings.param),
    client_id: fromFlag(client_id),
    scope: fromFlag(scope),
    resource: fromFlag(resource),
    base_url: fromFlag(auth.base_url),
    allow_http: fromFlag(settings.allow_http),
    credentials: fromFlag(credentials && { ...credentials, value: path }),
  });
}

function fromFlag<T>(setting: Sourced<T> | undefined): T | undefined {
  return setting?.layer === 'flag' ? setting.value : undefined;
}

/**
 * The first step: finds the authorization server and asks it for a code (RFC 8628 §3.1). Resolves to
 * plain data that another process can complete.
 * @throws the errors of {@link serverForLogin} and {@link requestDeviceAuthorization}
 */
export async function beginLogin(request: LoginRequest, ports: LoginPorts): Promise<PendingLogin> {
  const { issuer, allow_http, trust_host, resource, param, base_url, place, named } = request;
  const client = {
    client_id: request.client_id,
    ...given({ client_secret: request.client_secret }),
  };
  const server = await serverForLogin(issuer, { ...ports, trust_host, allow_http });
  const scope = request.scope ?? (isQwenSetting(issuer) ? QWEN_SCOPE : scopeOf(server));
  const headers = isQwenSetting(issuer) ? { 'x-request-id': ports.random.uuid() } : {};
  const authorization = { ...ports, server, scope, resource, param, headers };
  const methods = client.client_secret === undefined ? undefined : authMethodsFor(server);
  const { device, ...left } = await withMethods(methods, async (method) => ({
    device: await requestDeviceAuthorization({
      ...authorization,
      ...client,
      token_endpoint_auth_method: method,
    }),
  }));
  return {
    server: endpointsOf(server),
    ...client,
    ...given({ ...left, scope, resource, base_url, trust_host, param }),
    ...((issuer?.device_endpoint ?? issuer?.token_endpoint) && { by_hand: true }),
    ...place,
    named,
    device,
  };
}

/** The scopes that every login needs, of those that the issuer lists; without one, its default. */
function scopeOf({ scopes_supported = [] }: LoginServer): string | undefined {
  // OpenID Connect Core §3.1.2.1 and §11: the latter brings a refresh token.
  const scopes = ['openid', 'offline_access'].filter((scope) => scopes_supported.includes(scope));
  return scopes.join(' ') || undefined;
}

/** The part of a server that later steps need. */
function endpointsOf(server: LoginServer): AuthorizationServer {
  const { issuer, device_authorization_endpoint, token_endpoint, revocation_endpoint } = server;
  const endpoints = { issuer, device_authorization_endpoint, token_endpoint };
  return { ...endpoints, ...given({ revocation_endpoint }) };
}

/**
 * Makes a request with the first way to send the client secret that the server accepts. Servers list
 * the ways that they know, and not the one that this client is registered with.
 * @param methods undefined for a client without a secret
 */
async function withMethods<T extends object>(
  methods: readonly ClientAuthMethod[] | undefined,
  request: (method: ClientAuthMethod | undefined) => Promise<T>,
): Promise<T & { token_endpoint_auth_methods?: ClientAuthMethod[] }> {
  if (methods === undefined) return request(undefined);
  for (const [at, method] of methods.entries()) {
    try {
      return { ...(await request(method)), token_endpoint_auth_methods: methods.slice(at) };
    } catch (error) {
      if (at + 1 === methods.length || !isClientRefused(error)) throw error;
    }
  }
  throw new Error('There is no way to send the client secret');
}

/** Codes with which servers refuse a client at the status 401, beside `invalid_client`. */
const REFUSED_AT_401 = new Set(['unauthorized_client', 'invalid_request', 'oauth_error']);

/** RFC 6749 §5.2: `invalid_client`. Keycloak and Okta have other words for it. */
function isClientRefused(error: unknown): boolean {
  if (!(error instanceof AuthError)) return false;
  const { code, status } = error;
  return code === 'invalid_client' || (status === 401 && REFUSED_AT_401.has(code));
}

/**
 * The second step: polls until the user approves (RFC 8628 §3.4). Resolves to the credentials, which
 * the caller must store before it does anything else: no other copy of their tokens exists.
 * @param onPoll is called after each poll that does not end the login
 * @throws the errors of {@link pollForToken}
 */
export async function completeLogin(
  login: PendingLogin,
  { send, clock, signal }: Omit<LoginPorts, 'random'>,
  onPoll?: (poll: Poll) => void,
): Promise<Credentials> {
  const { server, client_id, client_secret, resource, device } = login;
  const poll = { server, client_id, client_secret, resource, device, send, clock, signal, onPoll };
  const methods = login.token_endpoint_auth_methods;
  const { token, ...left } = await withMethods(methods, async (method) => ({
    token: await pollForToken({ ...poll, token_endpoint_auth_method: method }),
  }));
  const [method] = left.token_endpoint_auth_methods ?? [];
  return mergeTokenResponse(undefined, token, clock.now(), originOf(login, method));
}

/** What later commands must know of a login: its client, its API, and its server unless that is Qwen's. */
function originOf(login: PendingLogin, method: ClientAuthMethod | undefined): Origin {
  const { server, client_id, client_secret, scope, resource, base_url, trust_host, param } = login;
  const { issuer, token_endpoint, revocation_endpoint, device_authorization_endpoint } = server;
  return given({
    client_id,
    client_secret,
    token_endpoint_auth_method: method,
    ...((login.by_hand || !isFromQwen(server)) && {
      issuer,
      scope,
      token_endpoint,
      revocation_endpoint,
    }),
    ...(login.by_hand && { device_authorization_endpoint }),
    resource,
    base_url,
    trust_host,
    param,
  });
}
