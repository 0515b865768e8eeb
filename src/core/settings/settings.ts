import { resolve } from 'node:path';
import type { Timeouts } from '../http/message.ts';
import { DEFAULT_MAX_RETRIES } from '../http/retry.ts';
import type { ProxySettings } from '../http/proxy.ts';
import { type AuthFlags, type AuthSetting, authSetting } from './auth.ts';
import type { OwnFiles } from './files.ts';
import { expandHome, type HomeSources, noHome } from './home.ts';
import { byDefault, type Environment, fromEnvironment, type Sourced } from './layers.ts';
import { type ProfileSetting, fromProfile } from './profile.ts';
import { setting } from './setting.ts';
import { maxRetries, oneOf, resources, timeouts, userAgent } from './values.ts';

export const DEFAULT_MODEL = 'qwen3-coder-plus';

/** The flags that every command with a connection takes, as commander hands them over. */
export interface ConnectionFlags extends AuthFlags {
  profile?: string;
  credentials?: string;
  issuer?: string;
  clientId?: string;
  scope?: string;
  resource?: string[];
  store?: string;
  userAgent?: string;
  timeout?: string;
  maxRetries?: string;
}

/** Which authorization server was asked for; nothing said means Qwen's. */
export type IssuerSetting =
  | { kind: 'discovery'; url: Sourced<string> }
  | { kind: 'qwen-paths'; url: Sourced<string> };

export interface Settings {
  profile: ProfileSetting;
  auth: AuthSetting;
  /**
   * The file of the login, or its name in the keyring: see `loginFile`. Undefined when none is named
   * and there is no home.
   */
  credentials: Sourced<string> | undefined;
  /** The same of the stored API key. Undefined when there is no home. */
  api_key_file: string | undefined;
  store: Sourced<'file' | 'keyring'>;
  issuer: IssuerSetting | undefined;
  client_id: Sourced<string> | undefined;
  scope: Sourced<string> | undefined;
  /** RFC 8707: the APIs a login is for. */
  resource: Sourced<string[]> | undefined;
  /** The model where no flag names one. */
  model: Sourced<string>;
  user_agent: Sourced<string>;
  timeouts: Partial<Timeouts>;
  max_retries: Sourced<number>;
  proxy: ProxySettings;
}

export interface SettingsInput {
  flags: ConnectionFlags;
  env: Environment;
  profile: ProfileSetting;
  /** What `~` at the beginning of a path stands for. */
  home: HomeSources;
  /** The files of the profile; undefined when the user has no home folder. */
  files: OwnFiles | undefined;
  /** `qwen-demo/VERSION (platform; arch)` */
  default_user_agent: string;
}

/**
 * Every setting with the layer that won: flag, then environment, then profile, then default.
 * @throws UsageError for a value that cannot be used, naming its source
 */
export function resolveSettings(input: SettingsInput): Settings {
  const { flags, env, profile, files } = input;
  const store = setting(profile, env, 'store', flags.store) ?? byDefault('file');
  return {
    profile,
    auth: authSetting(flags, env, profile),
    credentials:
      credentials(input) ?? (files === undefined ? undefined : byDefault(files.credentials)),
    api_key_file: files?.api_key,
    store: oneOf(store, ['file', 'keyring']),
    issuer: issuerSetting(input),
    client_id: setting(profile, env, 'client_id', flags.clientId, 'QWEN_DEMO_CLIENT_ID'),
    scope: setting(profile, env, 'scope', flags.scope, 'QWEN_DEMO_SCOPE'),
    resource: resources(flags.resource, profile),
    model: modelSetting(undefined, env, profile),
    user_agent:
      userAgent(setting(profile, env, 'user_agent', flags.userAgent, 'QWEN_DEMO_USER_AGENT')) ??
      byDefault(input.default_user_agent),
    timeouts: timeouts(setting(profile, env, 'timeout', flags.timeout, 'QWEN_DEMO_TIMEOUT')),
    max_retries:
      maxRetries(setting(profile, env, 'max_retries', flags.maxRetries, 'QWEN_DEMO_MAX_RETRIES')) ??
      byDefault(DEFAULT_MAX_RETRIES),
    proxy: proxy(env),
  };
}

/** The model of a command that asks one: `-m`, then the environment, the profile, the default. */
export function modelSetting(
  flag: string | undefined,
  env: Environment,
  profile: ProfileSetting = { ...byDefault('default'), recorded: undefined },
): Sourced<string> {
  const variables = ['QWEN_DEMO_MODEL', 'OPENAI_MODEL', 'QWEN_MODEL'];
  return setting(profile, env, 'model', flag, ...variables) ?? byDefault(DEFAULT_MODEL);
}

/** Where the login is kept. @throws UsageError `no_home` */
export function loginFile({ credentials }: Pick<Settings, 'credentials'>): Sourced<string> {
  if (credentials === undefined) throw noHome('There is no place to keep a login in');
  return credentials;
}

/** A relative path of a flag or variable begins where the user is, one of a profile in its folder. */
function credentials({ flags, env, profile, files, home }: SettingsInput) {
  const path = setting(profile, env, 'credentials', flags.credentials, 'QWEN_DEMO_CREDENTIALS');
  if (path === undefined) return undefined;
  const value = expandHome(path.value, home);
  const recorded = path.source === fromProfile(profile, 'credentials')?.source;
  return { ...path, value: recorded && files !== undefined ? resolve(files.folder, value) : value };
}

function issuerSetting({ flags, env, profile }: SettingsInput): IssuerSetting | undefined {
  const issuer = setting(profile, env, 'issuer', flags.issuer, 'QWEN_DEMO_ISSUER');
  const base = fromEnvironment(env, 'QWEN_DEMO_OAUTH_BASE_URL');
  // Both name a server: whichever layer is higher.
  if (base && (issuer === undefined || issuer.source.startsWith('profile '))) {
    return { kind: 'qwen-paths', url: base };
  }
  return issuer && { kind: 'discovery', url: issuer };
}

function proxy(env: Environment): ProxySettings {
  return {
    http_proxy: fromEnvironment(env, 'http_proxy', 'HTTP_PROXY')?.value,
    https_proxy: fromEnvironment(env, 'https_proxy', 'HTTPS_PROXY')?.value,
    no_proxy: fromEnvironment(env, 'no_proxy', 'NO_PROXY')?.value,
  };
}
