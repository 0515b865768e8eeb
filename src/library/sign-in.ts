import { mergeTokenResponse } from '../core/credentials/credentials.ts';
import { UsageError } from '../core/errors.ts';
import { given } from '../core/given.ts';
import {
  type DeviceAuthorization,
  requestDeviceAuthorization,
} from '../core/oauth/device-authorization.ts';
import { discover } from '../core/oauth/discovery.ts';
import { pollForToken } from '../core/oauth/poll.ts';
import {
  type AuthorizationServer,
  QWEN_CLIENT_ID,
  QWEN_ISSUER,
  QWEN_SCOPE,
  qwenServer,
} from '../core/qwen/issuer.ts';
import type { Credentials } from './credentials.ts';
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
  client_secret?: string | undefined;
  scope?: string | undefined;
  /** Called with what to show to the person. The login waits for their approval. */
  onCode: (code: DeviceCode) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Signs in with the device flow (RFC 8628) and PKCE (RFC 7636), and resolves when the person has
 * approved.
 * @throws AuthError `access_denied`, `expired_token`, `invalid_client` and others; NetworkError;
 *   ProtocolError; UsageError `missing_client_id`, `invalid_issuer`; the reason of the signal
 */
export async function authorizeDevice(options: AuthorizeDeviceOptions): Promise<Credentials> {
  const { onCode, signal, clock = systemClock } = options;
  const send = sendOf(options.transport);
  const server = options.server ?? (await serverOf(options));
  const isQwen = server.issuer === QWEN_ISSUER;
  const client_id = options.client_id ?? (isQwen ? QWEN_CLIENT_ID : undefined);
  if (client_id === undefined) {
    throw new UsageError(`A login at ${server.issuer} needs a client id`, {
      code: 'missing_client_id',
      hint: 'Register a client there, public and with the device flow, and name it as client_id.',
    });
  }
  const client = { client_id, ...given({ client_secret: options.client_secret }) };
  const request = {
    ...client,
    server,
    scope: options.scope ?? (isQwen ? QWEN_SCOPE : undefined),
    send,
    clock,
    random: systemRandom,
    signal,
  };
  const device = await requestDeviceAuthorization(request);
  onCode(shown(device));
  const token = await pollForToken({ ...request, device });
  const { issuer, token_endpoint, revocation_endpoint } = server;
  return mergeTokenResponse(undefined, token, clock.now(), {
    ...client,
    ...given({ issuer, token_endpoint, revocation_endpoint, scope: request.scope }),
  });
}

async function serverOf(options: AuthorizeDeviceOptions): Promise<AuthorizationServer> {
  const { issuer, signal } = options;
  if (issuer === undefined || issuer === QWEN_ISSUER) return qwenServer();
  return discover({ issuer, send: sendOf(options.transport), signal });
}

function shown({
  user_code,
  verification_uri,
  verification_uri_complete,
  expires_at,
}: DeviceAuthorization): DeviceCode {
  return { user_code, verification_uri, expires_at, ...given({ verification_uri_complete }) };
}
