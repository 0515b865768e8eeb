import {
  type Credentials,
  mergeTokenResponse,
  type Origin,
} from '../../core/credentials/credentials.ts';
import type { PendingLogin } from '../../core/credentials/pending-login.ts';
import type { Session } from '../../core/credentials/session.ts';
import type { Send } from '../../core/http/message.ts';
import { requestDeviceAuthorization } from '../../core/oauth/device-authorization.ts';
import { type Poll, pollForToken } from '../../core/oauth/poll.ts';
import { QWEN_CLIENT_ID, QWEN_ISSUER, QWEN_SCOPE } from '../../core/qwen/issuer.ts';
import { loginFile, type Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { absolutePath } from '../paths.ts';
import { configuredServer } from '../stored-login.ts';

/**
 * The first half: asks for a code. What it resolves to is all that the second half needs.
 * @throws what `configuredServer` and `requestDeviceAuthorization` throw
 */
export async function beginLogin(
  { clock, random, signal }: Context,
  settings: Settings,
  send: Send,
  named: PendingLogin['named'],
): Promise<PendingLogin> {
  const server = await configuredServer(settings.issuer, send, signal);
  const path = loginFile(settings).value;
  const client_id = settings.client_id?.value ?? QWEN_CLIENT_ID;
  const resource = settings.resource?.value;
  const base_url = settings.auth.base_url?.value;
  const device = await requestDeviceAuthorization({
    server,
    client_id,
    scope: settings.scope?.value ?? QWEN_SCOPE,
    resource,
    send,
    clock,
    random,
    signal,
  });
  return {
    server,
    client_id,
    ...(resource !== undefined && { resource }),
    ...(base_url !== undefined && { base_url }),
    // The second half may run in another folder. In a keyring the path is only a name.
    credentials: settings.store.value === 'file' ? absolutePath(path) : path,
    store: settings.store.value,
    named,
    device,
  };
}

export interface SecondHalf {
  login: PendingLogin;
  send: Send;
  session: Session;
  onPoll: (poll: Poll) => void;
}

/**
 * The second half: waits for the approval and stores the login.
 * @throws what `pollForToken` throws; StorageError when the login cannot be kept
 */
export async function completeLogin(
  { clock, signal }: Context,
  { login, send, session, onPoll }: SecondHalf,
): Promise<Credentials> {
  const { server, client_id, device } = login;
  const token = await pollForToken({ server, client_id, device, send, clock, signal, onPoll });
  const credentials = mergeTokenResponse(undefined, token, clock.now(), originOf(login));
  await session.signIn(credentials, signal);
  return credentials;
}

/** What later commands must know of a login that is not Qwen's own. */
function originOf({ server, client_id, resource, base_url }: PendingLogin): Origin {
  const { issuer, token_endpoint, revocation_endpoint } = server;
  return {
    ...(issuer !== QWEN_ISSUER && {
      issuer,
      client_id,
      token_endpoint,
      ...(revocation_endpoint !== undefined && { revocation_endpoint }),
    }),
    ...(resource !== undefined && { resource }),
    ...(base_url !== undefined && { base_url }),
  };
}
