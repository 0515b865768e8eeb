import { existsSync } from 'node:fs';
import { type AccessSource, fixedAccess } from '../core/api/access.ts';
import { type ApiRequest, createApiRequest } from '../core/api/request.ts';
import type { Chat } from '../core/chat/answer.ts';
import { createChat } from '../core/chat/client.ts';
import type { Send, Timeouts } from '../core/http/message.ts';
import { createRetries, type RetryOptions, withRetries } from '../core/http/retry.ts';
import { duration, limitsOf } from '../core/http/timeouts.ts';
import { createTransport, preloadTransport } from '../core/http/transport.ts';
import { isLoopbackHost } from '../core/qwen/hosts.ts';
import { PLAN_TITLES } from '../core/qwen/plans.ts';
import { passwordsIn, secretsOf } from '../core/redaction.ts';
import { isUsable } from '../core/settings/api-key.ts';
import { chooseProfile } from '../core/settings/profile.ts';
import { resolveSettings, type Settings } from '../core/settings/settings.ts';
import { createCollector } from './collector.ts';
import { readConfig } from './config-file.ts';
import type { Context } from './context.ts';
import { notice } from './notice.ts';
import type { ConnectionOptions } from './options.ts';
import { findOwnFiles, homeSources } from './paths.ts';
import { secretsOfRun } from './secrets.ts';
import { fullTime } from './time.ts';
import { openTrace, traceOf } from './trace/open.ts';

/** A client for the API that the settings name. */
export interface Connection {
  settings: Settings;
  endpoint: string;
  request: ApiRequest;
  chat: Chat;
}

/**
 * Resolves the settings and makes a client for the API.
 * @throws UsageError for settings that cannot be used; AuthError `not_signed_in` or `no_api_key`;
 *   StorageError for an unreadable login; the errors of a refresh: AuthError, NetworkError,
 *   ProtocolError
 */
export async function connect(context: Context, flags: ConnectionOptions): Promise<Connection> {
  return connectWith(context, await settingsOf(context, flags));
}

/** {@link connect} with settings that are resolved already. @throws the same errors */
export async function connectWith(context: Context, settings: Settings): Promise<Connection> {
  const send = transportOf(context, settings);
  const access = await openAccess(context, settings, send);
  const [{ endpoint }] = await Promise.all([access.get(context.signal), preloadTransport()]);
  return { settings, endpoint, ...apiClientOf(context, settings, send, access) };
}

/**
 * Gives access to the API as the settings say.
 * @param options `keeps_mode`: reading a file with secrets leaves its permissions as they are
 * @throws AuthError `no_api_key`, StorageError
 */
export async function openAccess(
  context: Context,
  settings: Settings,
  send: Send,
  { keeps_mode }: { keeps_mode?: boolean } = {},
): Promise<AccessSource> {
  const { auth } = settings;
  // A key that is not stored needs no schemas and no locks: loading them takes 20 ms.
  if (auth.method === 'api-key') {
    const { key, mismatch } = auth;
    if (key && mismatch) {
      const [of, at] = [PLAN_TITLES[mismatch.key], PLAN_TITLES[mismatch.endpoint]];
      const other = `--plan ${mismatch.key}`;
      notice(context, `${key.source} is a key of the ${of}. The ${at} refuses it: use ${other}.`);
    }
    if (!auth.stored && isUsable(auth)) {
      return fixedAccess(auth.endpoint.value, auth.key?.value, settings.api_key_header?.value);
    }
    const { keyAccess } = await import('./stored-key.ts');
    return keyAccess(context, settings, auth, keeps_mode);
  }
  const { openLogin, placeOfLogin } = await import('./stored-login.ts');
  const place = { ...placeOfLogin(settings), keeps_mode };
  const login = openLogin(context, settings, send, place).access(auth.base_url);
  const explain = async (error: unknown) => {
    const { explainAccess } = await import('./explain-access.ts');
    throw await explainAccess(error, context, settings, auth.unused);
  };
  return { ...login, get: (signal) => login.get(signal).catch(explain) };
}

export interface SettingsOptions {
  /** Whether a profile that does not exist is accepted: a login adds it. */
  new_profile?: boolean;
}

/**
 * Resolves the settings from flags, environment and config.json.
 * @throws UsageError for settings that cannot be used; StorageError for an unreadable config.json or
 *   a file of `--trace-har` that cannot be written
 */
export async function settingsOf(
  context: Context,
  flags: ConnectionOptions,
  { new_profile = false }: SettingsOptions = {},
): Promise<Settings> {
  const { env, version, platform } = context;
  await openTrace(context, flags);
  const config = await readConfig(context);
  const profile = chooseProfile({ flag: flags.profile, env, config, new_profile });
  const layers = { flags, env, profile };
  const settings = resolveSettings({
    ...layers,
    home: homeSources(env),
    files: findOwnFiles(env, profile.value),
    has_login: existsSync,
    default_user_agent: `qwen-demo/${version} (${platform.os}; ${platform.arch})`,
  });
  if (flags.debug) {
    const { settingLines } = await import('./trace/setting-lines.ts');
    for (const line of settingLines(settings, layers)) notice(context, line);
  }
  return settings;
}

/**
 * The HTTP client, without retries: a request of a login must not be sent twice. Warns of a base URL
 * that is not the one that requests go to.
 */
export function transportOf(context: Context, { auth, timeouts, proxy, issuer }: Settings): Send {
  const { source, value, other_api } =
    (auth.method === 'api-key' ? auth.endpoint : auth.base_url) ?? {};
  if (other_api !== undefined) {
    notice(
      context,
      `${source} names ${other_api}, another API of this server. Requests go to ${value}.`,
    );
  }
  const { url, device_endpoint, token_endpoint } = issuer ?? {};
  const named = [url, device_endpoint, token_endpoint].map((one) => one?.value);
  const urls: (string | undefined)[] = [value, ...named, ...Object.values(proxy)];
  secretsOfRun(context).add(...urls.flatMap((one) => passwordsIn(one ?? '')));
  const send = createTransport({ timeouts, proxy, trace: traceOf(context) });
  return noticing(context, send);
}

/**
 * Remembers the secrets of each request, and says once to which host a key or token goes that others
 * on the way can read.
 */
function noticing(context: Context, send: Send): Send {
  const told = new Set<string>();
  const known = secretsOfRun(context);
  return (request) => {
    const secrets = secretsOf(request);
    known.add(...secrets);
    if (/^http:/i.test(request.url)) {
      const { host, hostname } = new URL(request.url);
      const secret = secrets.some((value) => value !== '');
      if (secret && !isLoopbackHost(hostname) && !told.has(host)) {
        told.add(host);
        notice(
          context,
          `A key or token goes to ${host} over plain http: others on the way can read it.`,
        );
      }
    }
    return send(request);
  };
}

/** A client for the API with this access; it repeats requests that fail for the moment. */
export function apiClientOf(
  context: Context,
  settings: Pick<Settings, 'max_retries' | 'user_agent' | 'headers' | 'timeouts'> &
    Partial<Pick<Settings, 'max_answer'>>,
  send: Send,
  access: AccessSource,
): { request: ApiRequest; chat: Chat } {
  const { timeouts } = settings;
  const options = retryOptions(context, settings);
  const request = createApiRequest({
    send: withRetries(send, options),
    access,
    user_agent: settings.user_agent.value,
    headers: Object.fromEntries(settings.headers.map(({ name, value }) => [name, value])),
  });
  const retries = (default_timeouts: Partial<Timeouts>) =>
    createRetries(options, limitsOf({ default_timeouts }, timeouts));
  const max_answer = settings.max_answer?.value;
  const collector = createCollector();
  const chat = createChat({ request, clock: context.clock, retries, max_answer, collector });
  return { request, chat };
}

/** How requests to the API are repeated, with a notice before each wait. */
export function retryOptions(
  context: Context,
  { max_retries, timeouts }: Pick<Settings, 'max_retries' | 'timeouts'>,
): RetryOptions {
  const { clock, random } = context;
  return {
    clock,
    random,
    max_retries: max_retries.value,
    timeouts,
    judge: async (status, body) => {
      const { judgeRefusal } = await import('../core/api/refusal.ts');
      return judgeRefusal(status, body);
    },
    timeText: (at) => fullTime(at, clock.now()),
    onRetry: ({ reason, delay_ms }) =>
      notice(context, `${reason}; trying again in ${(delay_ms / 1000).toFixed(1)} s`),
    onLoading: ({ host, limit_ms }) =>
      notice(context, `${host} is loading the model; waiting up to ${duration(limit_ms)}`),
  };
}
