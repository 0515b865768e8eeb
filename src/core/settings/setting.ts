import type { ProfileKey } from './config.ts';
import { type Environment, first, fromEnvironment, fromFlag, type Sourced } from './layers.ts';
import { fromProfile, type ProfileSetting } from './profile.ts';

/**
 * One setting from its flag, its variables, or the profile; the flag is called like the key of the
 * profile, with hyphens.
 * @throws UsageError for an empty flag
 */
export function setting(
  profile: ProfileSetting,
  env: Environment,
  key: Exclude<ProfileKey, 'resource'>,
  flag: string | undefined,
  ...variables: readonly string[]
): Sourced<string> | undefined {
  return first(
    fromFlag(`--${key.replaceAll('_', '-')}`, flag),
    fromEnvironment(env, ...variables),
    fromProfile(profile, key),
  );
}
