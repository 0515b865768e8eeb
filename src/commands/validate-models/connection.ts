import type { ApiRequest } from '../../core/api/request.ts';
import type { Chat } from '../../core/chat/answer.ts';
import { preloadTransport } from '../../core/http/transport.ts';
import type { Pace } from '../../core/validation/rate-limiter.ts';
import { accessOf, clientOf, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';

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
  const settings = await settingsOf(context, flags);
  const send = transportOf(context, settings, flags);
  const { max_retries } = settings;
  const access = await accessOf(context, settings, send);
  // What is loaded while the first model answers would count as its latency.
  const loading = [preloadTransport(), import('../../core/chat/stream.ts')];
  const [{ endpoint }] = await Promise.all([access.get(context.signal), ...loading]);
  const untried = { ...settings, max_retries: { ...max_retries, value: 0 } };
  return {
    endpoint,
    request: clientOf(context, settings, send, access).request,
    max_retries: max_retries.value,
    connect: (pace) => clientOf(context, untried, pace.listen(send), access).chat,
  };
}
