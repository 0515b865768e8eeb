import { keysIn, type KeySetting, keySetting, planOfKeys } from './api-key.ts';
import { first, type Sourced } from './layers.ts';
import { namedEndpoints } from './named-endpoints.ts';
import { type Layers, setting } from './table.ts';

/** How the API is reached. `source` says what decided it, `over` what it came before. */
export type AuthSetting = LoginAuth | KeyAuth;

interface LoginAuth {
  method: 'oauth';
  source: string;
  over?: readonly string[];
  /** The API that the user named for the login. */
  base_url: Sourced<string> | undefined;
  /** Variables about API keys, which a login ignores. */
  unused: readonly string[];
}

interface KeyAuth extends KeySetting {
  method: 'api-key';
  source: string;
  over?: readonly string[];
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
  const over = wanted?.over && { over: wanted.over };
  if (key === undefined) {
    return {
      method: 'oauth',
      source: wanted?.source ?? 'default',
      ...over,
      // A token goes only to a base URL that the user names for it: not to one of the environment,
      // and not to that of a key.
      base_url: first(named.flag, profile.recorded?.auth === 'api-key' ? undefined : named.profile),
      unused: [...keysIn(env), ...(named.environment ? [named.environment.source] : [])],
    };
  }
  const source = wanted?.source ?? key.key?.source ?? key.endpoint.source;
  return { method: 'api-key', ...key, source, ...over };
}
