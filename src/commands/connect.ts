import { type AccessSource, fixedAccess } from '../core/api/access.ts';
import { isPermanentRefusal } from '../core/api/refusal.ts';
import { type ApiRequest, createApiRequest } from '../core/api/request.ts';
import type { Chat } from '../core/chat/answer.ts';
import { createChat } from '../core/chat/client.ts';
import { AuthError } from '../core/errors.ts';
import { isLoopbackHost } from '../core/hosts.ts';
import type { Send } from '../core/http/message.ts';
import { withRetries } from '../core/http/retry.ts';
import { describeTrace } from '../core/http/trace.ts';
import { createTransport, preloadTransport } from '../core/http/transport.ts';
import type { KeyAccess } from '../core/settings/api-key.ts';
import { resolveSettings, type Settings } from '../core/settings/settings.ts';
import type { Context } from './context.ts';
import { openLogin } from './stored-login.ts';
import { notice } from './notice.ts';
import type { ConnectionOptions } from './options.ts';
import { credentialsPath } from './paths.ts';

/** A way to the API that the settings lead to. */
export interface Connection {
  settings: Settings;
  endpoint: string;
  request: ApiRequest;
  chat: Chat;
}

/**
 * From flags and environment to something that can be asked.
 * @throws UsageError for settings that cannot be used; AuthError and StorageError when there is no
 *   usable login; what a refresh throws
 */
export async function connect(context: Context, flags: ConnectionOptions): Promise<Connection> {
  const settings = settingsOf(context, flags);
  const send = transportOf(context, settings, flags);
  const { auth } = settings;
  const access =
    auth.method === 'api-key'
      ? keyAccess(auth)
      : openLogin(context, settings, send).access(auth.base_url?.value);
  const [{ endpoint }] = await Promise.all([access.get(context.signal), preloadTransport()]);
  return { settings, endpoint, ...clientOf(context, settings, send, access) };
}

export function settingsOf(context: Context, flags: ConnectionOptions): Settings {
  const { env, version, platform } = context;
  return resolveSettings({
    flags,
    env,
    default_credentials: credentialsPath(env),
    default_user_agent: `qwen-demo/${version} (${platform.os}; ${platform.arch})`,
  });
}

/** The way out, without retries: a login's requests must not be repeated blindly. */
export function transportOf(
  context: Context,
  { timeouts, proxy }: Settings,
  { debug }: ConnectionOptions,
): Send {
  return createTransport({
    timeouts,
    proxy,
    trace: debug
      ? (event) => {
          for (const line of describeTrace(event)) notice(context, line);
        }
      : undefined,
  });
}

/** The API behind one kind of access, with retries. */
export function clientOf(
  context: Context,
  settings: Settings,
  send: Send,
  access: AccessSource,
): { request: ApiRequest; chat: Chat } {
  const { clock, random } = context;
  const request = createApiRequest({
    send: withRetries(send, {
      clock,
      random,
      max_retries: settings.max_retries.value,
      permanent: isPermanentRefusal,
      onRetry: ({ reason, delay_ms }) =>
        notice(context, `${reason}; trying again in ${(delay_ms / 1000).toFixed(1)} s`),
    }),
    access,
    user_agent: settings.user_agent.value,
  });
  return { request, chat: createChat({ request, clock }) };
}

function keyAccess({ key, endpoint }: KeyAccess): AccessSource {
  const { hostname } = new URL(endpoint.value);
  if (key === undefined && !isLoopbackHost(hostname)) {
    throw new AuthError(`There is no API key for ${hostname}`, {
      code: 'no_api_key',
      hint: 'Set OPENAI_API_KEY (or DASHSCOPE_API_KEY for Qwen); only loopback needs none.',
    });
  }
  return fixedAccess(endpoint.value, key?.value);
}
