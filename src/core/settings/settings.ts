import { resolve, sep } from 'node:path';
import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { BODY_CAP } from '../http/body.ts';
import type { Timeouts } from '../http/message.ts';
import { PROXY_VARIABLES, type ProxySettings } from '../http/proxy.ts';
import { DEFAULT_MAX_RETRIES } from '../http/retry.ts';
import { LONGEST_CONNECT } from '../http/timeouts.ts';
import { type OwnFiles, DEFAULT_PROFILE } from './files.ts';
import { expandHome, type HomeSources, noHome } from './home.ts';
import { byDefault, type Environment, fromEnvironment, type Sourced, strongest } from './layers.ts';
import {
  type Layers,
  type ProfileSetting,
  setting,
  type SettingFlags,
  type StoreKind,
} from './definitions.ts';
import { type ServerSettings, serverSettings } from './issuer-setting.ts';
import { type HeaderSettings, headerSettings } from './headers.ts';
import { modelNamed } from './model-names.ts';
import { listSetting } from './list-settings.ts';
import { keysIn, type KeySetting, keySetting, OLLAMA_HOST, planOfKeys } from './api-key.ts';
import { ollamaSetting } from './ollama-host.ts';
import { namedEndpoints } from './named-endpoints.ts';

/** The model of a command without `-m`, a variable or a profile that names one. */
export const DEFAULT_MODEL = 'qwen3-coder-plus';

/** The flags that every command with a connection has, under commander's names. */
export type ConnectionFlags = Omit<SettingFlags, 'model'> & { profile?: string };

/** Every setting, resolved once: plain data with the layer it comes from. */
export interface Settings extends ServerSettings, HeaderSettings {
  profile: ProfileSetting;
  auth: AuthSetting;
  /**
   * The file of the login, or its name in the keyring; see {@link loginFile}. Undefined when none is
   * named and the user has no home folder.
   */
  credentials: Sourced<string> | undefined;
  /** The same for the stored API key. Undefined when the user has no home folder. */
  api_key_file: string | undefined;
  /** Whether the stored login and the stored key are only read, such as a mounted secret. */
  read_only_credentials: Sourced<boolean>;
  store: Sourced<StoreKind>;
  /** Whether plain http may be used beyond loopback and local networks. */
  allow_http: Sourced<boolean> | undefined;
  client_id: Sourced<string> | undefined;
  scope: Sourced<string> | undefined;
  /** RFC 8707: the APIs a login is for. */
  resource: Sourced<string[]> | undefined;
  /** The model of a command without `-m`. */
  model: Sourced<string>;
  user_agent: Sourced<string>;
  /** Whether reasoning that stands in the content of an answer stays there. */
  raw_thinking: Sourced<boolean>;
  timeouts: Partial<Timeouts>;
  max_retries: Sourced<number>;
  /** Bytes of an answer at most. */
  max_answer: Sourced<number>;
  proxy: ProxySettings;
}

/** What the settings are resolved from. */
export interface SettingsInput extends Layers {
  /** Where the home folder is found: `~` at the beginning of a path is replaced by it. */
  home: HomeSources;
  /** The files of the profile; undefined when the user has no home folder. */
  files: OwnFiles | undefined;
  /** `qwen-demo/VERSION (platform; arch)` */
  default_user_agent: string;
  /** Whether a login is stored in this file. */
  has_login: (path: string) => boolean;
}

/**
 * Resolves every setting: of its flag, else of the environment, else of the profile, else its
 * default.
 * @throws UsageError for a value that cannot be used; the message names where it comes from
 */
export function resolveSettings(input: SettingsInput): Settings {
  const { env, profile, files } = input;
  const credentials =
    credentialsSetting(input) ?? (files === undefined ? undefined : byDefault(files.credentials));
  const server = serverSettings(input);
  const own = authSetting(input);
  const allow_http = setting('allow_http', input);
  const auth =
    (isUnset(own, server, credentials, input) && ollamaAuth(env, allow_http?.value)) || own;
  return {
    profile,
    auth,
    credentials,
    api_key_file: files?.api_key,
    read_only_credentials: setting('read_only_credentials', input) ?? byDefault(false),
    store: setting('store', input) ?? byDefault('file'),
    ...server,
    allow_http,
    client_id: setting('client_id', input),
    scope: setting('scope', input),
    resource: listSetting('resource', input),
    model: modelSetting(undefined, env, profile),
    user_agent: setting('user_agent', input) ?? byDefault(input.default_user_agent),
    raw_thinking: setting('raw_thinking', input) ?? byDefault(false),
    ...headerSettings(input, auth.method === 'oauth' ? auth.base_url : auth.endpoint),
    timeouts: timeoutsOf(setting('timeout', input)?.value),
    max_retries: setting('max_retries', input) ?? byDefault(DEFAULT_MAX_RETRIES),
    max_answer: setting('max_answer', input) ?? byDefault(BODY_CAP),
    proxy: proxy(env),
  };
}

/** Whether nothing names an access and nobody is signed in: only then `OLLAMA_HOST` counts. */
function isUnset(
  { source }: AuthSetting,
  { issuer }: ServerSettings,
  credentials: Sourced<string> | undefined,
  { has_login }: SettingsInput,
): boolean {
  if (source !== 'default' || issuer !== undefined) return false;
  return (
    credentials === undefined || (credentials.layer === 'default' && !has_login(credentials.value))
  );
}

function ollamaAuth(env: Environment, allow_http?: boolean): AuthSetting | undefined {
  const found = ollamaSetting(env, allow_http);
  return found && { method: 'api-key', ...found, source: found.endpoint.source };
}

/**
 * The model of a command that asks one: of `-m`, the environment, the profile, or the default.
 * @throws UsageError `empty_flag`, `empty_setting` or `model_name_loop`
 */
export function modelSetting(
  flag: string | undefined,
  env: Environment,
  profile: ProfileSetting = { ...byDefault(DEFAULT_PROFILE), recorded: undefined },
): Sourced<string> {
  const flags = flag === undefined ? {} : { model: flag };
  const named = setting('model', { flags, env, profile }) ?? byDefault(DEFAULT_MODEL);
  return { ...named, value: modelNamed(named.value, profile) };
}

/**
 * One limit in ms for every wait, and for an exchange in all; for connecting at most 30 s, after which systems give up
 * themselves.
 */
export function timeoutsOf(ms: number | undefined): Partial<Timeouts> {
  if (ms === undefined) return {};
  return { connect: Math.min(ms, LONGEST_CONNECT), headers: ms, body: ms, total: ms };
}

/** The file of the login. @throws UsageError `no_home` */
export function loginFile({ credentials }: Pick<Settings, 'credentials'>): Sourced<string> {
  if (credentials === undefined) throw noHome('There is no folder to store a login in');
  return credentials;
}

/**
 * A relative path of a flag or variable begins in the current folder, one of a profile in its own.
 * @throws UsageError `not_a_file`
 */
function credentialsSetting(input: SettingsInput): Sourced<string> | undefined {
  const { files, home } = input;
  const path = setting('credentials', input);
  if (path === undefined) return undefined;
  const value = expandHome(path.value, home);
  if (value.endsWith('/') || value.endsWith(sep)) {
    throw new UsageError(`${path.source}: ${value} is a folder, not a file`, {
      code: 'not_a_file',
      hint: `Name a file in it: ${value}oauth_creds.json`,
    });
  }
  const relative = path.layer === 'profile' && files !== undefined;
  return { ...path, value: relative ? resolve(files.folder, value) : value };
}

function proxy(env: Environment): ProxySettings {
  return given(
    Object.fromEntries(PROXY_VARIABLES.map((name) => [name, fromEnvironment(env, name)?.value])),
  );
}

/**
 * How the API is reached. `source` is the place that decides it, `overrides` has the places of weaker
 * values.
 */
export type AuthSetting = LoginAuth | KeyAuth;

interface LoginAuth {
  method: 'oauth';
  source: string;
  overrides?: readonly string[];
  /** The API that the user named for the login. */
  base_url: Sourced<string> | undefined;
  /** Variables about API keys, which a login ignores. */
  unused: readonly string[];
}

interface KeyAuth extends KeySetting {
  method: 'api-key';
  source: string;
  overrides?: readonly string[];
  base_url?: never;
}

/**
 * The method that the user names; else the API key when one is set or a base URL is named; else the
 * login.
 * @throws UsageError `invalid_auth`; the errors of {@link namedEndpoints} and {@link keySetting}
 */
export function authSetting(layers: Layers): AuthSetting {
  const { env, profile } = layers;
  const wanted = setting('auth', layers);
  const named = namedEndpoints(layers, planOfKeys(env));
  const key = wanted?.value === 'oauth' ? undefined : keySetting(named, env, wanted !== undefined);
  const overrides = given({ overrides: wanted?.overrides });
  if (key === undefined) {
    return {
      method: 'oauth',
      source: wanted?.source ?? 'default',
      ...overrides,
      // A token goes only to a base URL that the user names for it: not to one of the environment,
      // and not to that of a key.
      base_url: strongest(
        named.flag,
        profile.recorded?.auth === 'api-key' ? undefined : named.profile,
      ),
      unused: [
        ...keysIn(env),
        ...(named.environment ? [named.environment.source] : []),
        ...(fromEnvironment(env, OLLAMA_HOST) ? [OLLAMA_HOST] : []),
      ],
    };
  }
  const source = wanted?.source ?? key.key?.source ?? key.endpoint.source;
  return { method: 'api-key', ...key, source, ...overrides };
}
