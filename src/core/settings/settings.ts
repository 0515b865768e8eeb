import { parseDuration } from '../duration.ts';
import { UsageError } from '../errors.ts';
import type { Timeouts } from '../http/message.ts';
import { DEFAULT_MAX_RETRIES } from '../http/retry.ts';
import type { ProxySettings } from '../http/transport.ts';
import { baseUrlSetting, type KeyAccess, keyAccess } from './api-key.ts';
import { byDefault, type Environment, first, fromEnvironment, fromFlag } from './layers.ts';
import type { Sourced } from './layers.ts';

export const DEFAULT_MODEL = 'qwen3-coder-plus';

/** The flags that every command with a connection takes, as commander hands them over. */
export interface ConnectionFlags {
  auth?: string;
  baseUrl?: string;
  credentials?: string;
  issuer?: string;
  clientId?: string;
  scope?: string;
  userAgent?: string;
  timeout?: string;
  maxRetries?: string;
}

/** Which authorization server was asked for; nothing said means Qwen's. */
export type IssuerSetting =
  | { kind: 'discovery'; url: Sourced<string> }
  | { kind: 'qwen-paths'; url: Sourced<string> };

/** How the API is reached, and why so. */
export type AuthSetting =
  | { method: 'oauth'; source: string; base_url: Sourced<string> | undefined }
  | ({ method: 'api-key'; source: string; base_url?: never } & KeyAccess);

export interface Settings {
  auth: AuthSetting;
  credentials: Sourced<string>;
  issuer: IssuerSetting | undefined;
  client_id: Sourced<string> | undefined;
  scope: Sourced<string> | undefined;
  user_agent: Sourced<string>;
  timeouts: Partial<Timeouts>;
  max_retries: Sourced<number>;
  proxy: ProxySettings;
}

export interface SettingsInput {
  flags: ConnectionFlags;
  env: Environment;
  /** `oauth_creds.json` in the configuration folder. */
  default_credentials: string;
  /** `qwen-demo/VERSION (platform; arch)` */
  default_user_agent: string;
}

/**
 * Every setting with the layer that won: flag, then environment, then default.
 * @throws UsageError for a value that cannot be used, naming its source
 */
export function resolveSettings(input: SettingsInput): Settings {
  const { flags, env } = input;
  return {
    auth: authSetting(flags, env),
    credentials: setting('--credentials', flags.credentials, env, 'QWEN_DEMO_CREDENTIALS') ??
      byDefault(input.default_credentials),
    issuer: issuerSetting(flags, env),
    client_id: setting('--client-id', flags.clientId, env, 'QWEN_DEMO_CLIENT_ID'),
    scope: setting('--scope', flags.scope, env, 'QWEN_DEMO_SCOPE'),
    user_agent: userAgent(flags, env) ?? byDefault(input.default_user_agent),
    timeouts: timeouts(flags, env),
    max_retries: maxRetries(flags, env),
    proxy: proxy(env),
  };
}

/** The model of a command that asks one: `-m`, then the environment, then the default. */
export function modelSetting(flag: string | undefined, env: Environment): Sourced<string> {
  return (
    setting('--model', flag, env, 'QWEN_DEMO_MODEL', 'OPENAI_MODEL', 'QWEN_MODEL') ??
    byDefault(DEFAULT_MODEL)
  );
}

function setting(
  flag: string,
  value: string | undefined,
  env: Environment,
  ...names: string[]
): Sourced<string> | undefined {
  return first(fromFlag(flag, value), fromEnvironment(env, ...names));
}

function authSetting(flags: ConnectionFlags, env: Environment): AuthSetting {
  const wanted = setting('--auth', flags.auth, env, 'QWEN_DEMO_AUTH');
  if (wanted && wanted.value !== 'oauth' && wanted.value !== 'api-key') {
    throw new UsageError(`${wanted.source} must be oauth or api-key, not "${wanted.value}"`, {
      code: 'invalid_auth',
    });
  }
  const base_url = baseUrlSetting(flags.baseUrl, env);
  if (wanted?.value === 'oauth') return login(base_url, wanted.source);
  const key = keyAccess(base_url, env);
  if (key) {
    const source = wanted?.source ?? key.key?.source ?? key.endpoint.source;
    return { method: 'api-key', source, ...key };
  }
  if (wanted === undefined) return login(base_url, 'default');
  throw new UsageError('An API key is asked for, but none is set', {
    code: 'no_api_key',
    hint: 'Set DASHSCOPE_API_KEY, or OPENAI_API_KEY together with OPENAI_BASE_URL.',
  });
}

/** A token goes only to a base URL the user named for it, not to one left in the environment. */
function login(base_url: Sourced<string> | undefined, source: string): AuthSetting {
  const named = base_url?.source === '--base-url' ? base_url : undefined;
  return { method: 'oauth', source, base_url: named };
}

function issuerSetting(flags: ConnectionFlags, env: Environment): IssuerSetting | undefined {
  const issuer = setting('--issuer', flags.issuer, env, 'QWEN_DEMO_ISSUER');
  if (issuer) return { kind: 'discovery', url: issuer };
  const base = fromEnvironment(env, 'QWEN_DEMO_OAUTH_BASE_URL');
  return base && { kind: 'qwen-paths', url: base };
}

function userAgent(flags: ConnectionFlags, env: Environment): Sourced<string> | undefined {
  const agent = setting('--user-agent', flags.userAgent, env, 'QWEN_DEMO_USER_AGENT');
  // RFC 9110 §5.5: a field value is visible ASCII, spaces and tabs.
  if (agent && !/^[\t\x20-\x7e]+$/.test(agent.value)) {
    throw new UsageError(`${agent.source} holds characters that no header may hold`, {
      code: 'invalid_user_agent',
    });
  }
  return agent;
}

/** One bound for every wait; connecting keeps its own, shorter one. */
function timeouts(flags: ConnectionFlags, env: Environment): Partial<Timeouts> {
  const timeout = setting('--timeout', flags.timeout, env, 'QWEN_DEMO_TIMEOUT');
  if (timeout === undefined) return {};
  const ms = named(timeout, parseDuration);
  return { connect: Math.min(ms, 10_000), headers: ms, body: ms };
}

function maxRetries(flags: ConnectionFlags, env: Environment): Sourced<number> {
  const retries = setting('--max-retries', flags.maxRetries, env, 'QWEN_DEMO_MAX_RETRIES');
  if (retries === undefined) return byDefault(DEFAULT_MAX_RETRIES);
  if (!/^\d{1,2}$/.test(retries.value)) {
    throw new UsageError(`${retries.source} must be a whole number from 0 to 99`, {
      code: 'invalid_max_retries',
    });
  }
  return { value: Number(retries.value), source: retries.source };
}

/** Puts the source before the message of a parser that does not know it. */
function named<T>({ value, source }: Sourced<string>, parse: (text: string) => T): T {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { code, hint } = error;
    throw new UsageError(`${source}: ${error.message}`, { code, ...(hint && { hint }) });
  }
}

function proxy(env: Environment): ProxySettings {
  return {
    http_proxy: fromEnvironment(env, 'http_proxy', 'HTTP_PROXY')?.value,
    https_proxy: fromEnvironment(env, 'https_proxy', 'HTTPS_PROXY')?.value,
    no_proxy: fromEnvironment(env, 'no_proxy', 'NO_PROXY')?.value,
  };
}
