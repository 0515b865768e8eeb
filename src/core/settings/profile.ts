import { UsageError } from '../errors.ts';
import type { Config, Profile, ProfileKey } from './config.ts';
import { byDefault, type Environment, first, fromEnvironment, fromFlag } from './layers.ts';
import type { Sourced } from './layers.ts';
import { didYouMean } from './nearest.ts';
import { DEFAULT_PROFILE, requireProfileName } from './profile-name.ts';

/** The profile in force: its name, and what `config.json` says of it. */
export interface ProfileSetting extends Sourced<string> {
  recorded: Profile | undefined;
}

export interface ProfileChoice {
  flag: string | undefined;
  env: Environment;
  config: Config;
  /** Whether it may be one that does not exist yet. */
  new_profile: boolean;
}

/**
 * `--profile`, then `QWEN_DEMO_PROFILE`, then `default`, which always exists.
 * @throws UsageError `unknown_profile` naming those there are; `invalid_profile_name`
 */
export function chooseProfile({ flag, env, config, new_profile }: ProfileChoice): ProfileSetting {
  const chosen =
    first(fromFlag('--profile', flag), fromEnvironment(env, 'QWEN_DEMO_PROFILE')) ??
    byDefault(DEFAULT_PROFILE);
  const { value: name, source } = chosen;
  requireProfileName(name, source);
  const profiles = config.profiles ?? {};
  const recorded = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (recorded === undefined && name !== DEFAULT_PROFILE && !new_profile) {
    const known = profileNames(config);
    throw new UsageError(`${source}: no profile "${name}"${didYouMean(name, known)}`, {
      code: 'unknown_profile',
      hint:
        `There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}\n` +
        `Make it by signing in: qwen-demo auth login --profile ${name}`,
    });
  }
  return { ...chosen, recorded };
}

/** All profiles, `default` first. */
export function profileNames({ profiles = {} }: Config): string[] {
  return [...new Set([DEFAULT_PROFILE, ...Object.keys(profiles)])];
}

/** What the profile holds, in the words of a flag. @throws UsageError for an empty value */
export function fromProfile(
  { value: name, recorded }: ProfileSetting,
  key: Exclude<ProfileKey, 'resource'>,
): Sourced<string> | undefined {
  const value = recorded?.[key];
  if (value === undefined) return undefined;
  const source = `profile ${name}`;
  if (String(value).trim() === '') {
    throw new UsageError(`${source}: ${key} is empty`, { code: 'empty_setting' });
  }
  return { value: String(value), source };
}
