import { UsageError } from '../errors.ts';
import { type KeyAccess, keyAccess, keysIn, planOfKeys } from './api-key.ts';
import { type Environment, first, type Sourced } from './layers.ts';
import { type EndpointFlags, namedEndpoints } from './named-endpoints.ts';
import type { ProfileSetting } from './profile.ts';
import { setting } from './setting.ts';

/** How the API is reached, and why so. */
export type AuthSetting = LoginSetting | KeySetting;

interface LoginSetting {
  method: 'oauth';
  source: string;
  over?: readonly string[];
  /** The API that the user named for the login. */
  base_url: Sourced<string> | undefined;
  /** Variables that say something of API keys. */
  unused: readonly string[];
}

interface KeySetting extends KeyAccess {
  method: 'api-key';
  source: string;
  over?: readonly string[];
  base_url?: never;
}

export interface AuthFlags extends EndpointFlags {
  auth?: string;
}

/**
 * What was asked for; or else the API key if one is set or a base URL is given, or else the login.
 * @throws UsageError for a method, base URL, plan or region that is none; what `keyAccess` throws
 */
export function authSetting(
  flags: AuthFlags,
  env: Environment,
  profile: ProfileSetting,
): AuthSetting {
  const wanted = setting(profile, env, 'auth', flags.auth, 'QWEN_DEMO_AUTH');
  if (wanted && wanted.value !== 'oauth' && wanted.value !== 'api-key') {
    throw new UsageError(`${wanted.source} must be oauth or api-key, not "${wanted.value}"`, {
      code: 'invalid_auth',
    });
  }
  const named = namedEndpoints(flags, env, profile, planOfKeys(env));
  const key = wanted?.value === 'oauth' ? undefined : keyAccess(named, env, wanted !== undefined);
  const over = wanted?.over && { over: wanted.over };
  if (key === undefined) {
    return {
      method: 'oauth',
      source: wanted?.source ?? 'default',
      ...over,
      // A token goes only to a base URL the user named for it: not to one left in the environment,
      // and not to that of a key.
      base_url: first(named.flag, profile.recorded?.auth === 'api-key' ? undefined : named.profile),
      unused: [...keysIn(env), ...(named.environment ? [named.environment.source] : [])],
    };
  }
  const source = wanted?.source ?? key.key?.source ?? key.endpoint.source;
  return { method: 'api-key', ...key, source, ...over };
}
