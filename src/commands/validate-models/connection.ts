import type { ApiRequest } from '../../core/api/request.ts';
import type { Chat } from '../../core/chat/answer.ts';
import { preloadTransport } from '../../core/http/transport.ts';
import type { Pace } from '../../core/validation/pace.ts';
import { clientOf, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { keyAccess } from '../stored-key.ts';
import { openLogin } from '../stored-login.ts';

/** A way to the models that a run keeps the pace of. */
export interface PacedConnection {
  endpoint: string;
  /** For the list of models. */
  request: ApiRequest;
  max_retries: number;
  /** Nothing is tried again behind the back of the run: it has to know of every failure. */
  connect: (pace: Pace) => Chat;
}

/** @throws what `connect` throws */
export async function connectPaced(
  context: Context,
  flags: ConnectionOptions,
): Promise<PacedConnection> {
  const settings = settingsOf(context, flags);
  const send = transportOf(context, settings, flags);
  const { auth, max_retries } = settings;
  const access =
    auth.method === 'api-key'
      ? await keyAccess(context, settings, auth)
      : openLogin(context, settings, send).access(auth.base_url?.value);
  const [{ endpoint }] = await Promise.all([access.get(context.signal), preloadTransport()]);
  const untried = { ...settings, max_retries: { ...max_retries, value: 0 } };
  return {
    endpoint,
    request: clientOf(context, settings, send, access).request,
    max_retries: max_retries.value,
    connect: (pace) => clientOf(context, untried, pace.listen(send), access).chat,
  };
}
