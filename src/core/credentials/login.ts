import { given } from '../given.ts';
import type { Send } from '../http/message.ts';
import { requestDeviceAuthorization } from '../oauth/device-authorization.ts';
import { type Poll, pollForToken } from '../oauth/poll.ts';
import { QWEN_SCOPE } from '../qwen/issuer.ts';
import type { Clock, Random } from '../ports.ts';
import type { Sourced } from '../settings/layers.ts';
import type { IssuerSetting, Settings } from '../settings/settings.ts';
import { type Credentials, mergeTokenResponse, type Origin } from './credentials.ts';
import type { LoginPlace } from './file-session.ts';
import { clientIdOf, isFromQwen, serverForLogin } from './authorization-server.ts';
import type { NamedByFlag, PendingLogin } from './pending-login.ts';

/** What to sign in for: the settings of a login, with their defaults. Plain data. */
export interface LoginRequest {
  /** Undefined: Qwen's. */
  issuer: IssuerSetting | undefined;
  client_id: string;
  scope: string;
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

/** The only step from settings to a login: a new setting of a login is added here. */
export function loginRequest(
  settings: Settings,
  place: LoginPlace,
  named: NamedByFlag,
): LoginRequest {
  const { issuer, scope, resource, auth } = settings;
  return {
    issuer,
    client_id: clientIdOf(undefined, settings),
    scope: scope?.value ?? QWEN_SCOPE,
    resource: resource?.value,
    base_url: auth.base_url?.value,
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
    client_id: fromFlag(client_id),
    scope: fromFlag(scope),
    resource: fromFlag(resource),
    base_url: fromFlag(auth.base_url),
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
  const { issuer, client_id, scope, resource, base_url, place, named } = request;
  const server = await serverForLogin(issuer, ports.send, ports.signal);
  const device = await requestDeviceAuthorization({ server, client_id, scope, resource, ...ports });
  return {
    server,
    client_id,
    ...given({ scope, resource, base_url }),
    ...place,
    named,
    device,
  };
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
  const { server, client_id, device } = login;
  const token = await pollForToken({ server, client_id, device, send, clock, signal, onPoll });
  return mergeTokenResponse(undefined, token, clock.now(), originOf(login));
}

/** What later commands must know of a login: its client, its API, and its server unless that is Qwen's. */
function originOf(login: PendingLogin): Origin {
  const { server, client_id, client_secret, scope, resource, base_url, trust_host, param } = login;
  const { issuer, token_endpoint, revocation_endpoint, device_authorization_endpoint } = server;
  return given({
    client_id,
    client_secret,
    ...(!isFromQwen(server) && { issuer, scope, token_endpoint, revocation_endpoint }),
    ...(login.by_hand && { device_authorization_endpoint }),
    resource,
    base_url,
    trust_host,
    param,
  });
}
