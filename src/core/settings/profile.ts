import { ownValue } from '../json.ts';
import { UsageError } from '../errors.ts';
import type { Config } from './config.ts';
import {
  byDefault,
  type Environment,
  fromEnvironment,
  fromFlag,
  type Sourced,
  strongest,
} from './layers.ts';
import { didYouMean } from '../nearest.ts';
import { DEFAULT_PROFILE, requireProfileName } from './files.ts';
import type { ProfileSetting } from './definitions.ts';

/** What the profile in force is chosen from. */
export interface ProfileChoice {
  /** `--profile` */
  flag: string | undefined;
  env: Environment;
  config: Config;
  /** Whether a profile that does not exist is accepted: a login adds it. */
  new_profile: boolean;
}

/**
 * The profile of `--profile`, else of `QWEN_DEMO_PROFILE`, else the `default_profile` of config.json,
 * else `default`, which always exists.
 * @throws UsageError `unknown_profile`, whose hint lists the profiles; `invalid_profile_name`
 */
export function chooseProfile({ flag, env, config, new_profile }: ProfileChoice): ProfileSetting {
  const chosen =
    strongest(
      fromFlag('--profile', flag),
      fromEnvironment(env, 'QWEN_DEMO_PROFILE'),
      fromConfig(config),
    ) ?? byDefault(DEFAULT_PROFILE);
  const { value: name, source } = chosen;
  requireProfileName(name, source);
  const profiles = config.profiles ?? {};
  const recorded = ownValue(profiles, name);
  if (recorded === undefined && name !== DEFAULT_PROFILE && !new_profile) {
    const known = profileNames(config);
    throw new UsageError(`${source}: no profile "${name}"${didYouMean(name, known)}`, {
      code: 'unknown_profile',
      choice: { given: name, among: known },
      hint:
        `There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}\n` +
        (chosen.layer === 'profile'
          ? 'Choose one of them: qwen-demo auth switch NAME'
          : `Make it by signing in: qwen-demo auth login --profile ${name}`),
    });
  }
  const models = { ...config.models, ...recorded?.models };
  return { ...chosen, recorded, models };
}

/** The profile that `auth switch` recorded. */
function fromConfig({ default_profile: value }: Config): Sourced<string> | undefined {
  if (value === undefined) return undefined;
  return { value, source: 'default_profile in config.json', layer: 'profile' };
}

/** The names of all profiles, `default` first. */
export function profileNames({ profiles = {} }: Config): string[] {
  return [...new Set([DEFAULT_PROFILE, ...Object.keys(profiles)])];
}
