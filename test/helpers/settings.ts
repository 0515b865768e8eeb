import type { Config } from '../../src/core/settings/config.ts';
import type { Profile } from '../../src/core/settings/definitions.ts';
import { ownFiles } from '../../src/core/settings/files.ts';
import { chooseProfile } from '../../src/core/settings/profile.ts';
import { type ConnectionFlags, resolveSettings } from '../../src/core/settings/settings.ts';

export interface Said {
  flags?: ConnectionFlags;
  env?: Record<string, string>;
  /** What `config.json` says of the default profile. */
  profile?: Profile;
  /** Default true. */
  signed_in?: boolean;
}

/** The settings that follow from what was said. */
export function settingsFor({ flags = {}, env = {}, profile, signed_in = true }: Said = {}) {
  const config: Config = profile ? { profiles: { default: profile } } : {};
  return resolveSettings({
    flags,
    env,
    profile: chooseProfile({ flag: flags.profile, env, config, new_profile: false }),
    files: ownFiles('/configuration'),
    home: { env: { HOME: '/home/me' }, platform: 'linux', passwordHome: () => undefined },
    has_login: () => signed_in,
    default_user_agent: 'qwen-demo/0 (linux; x64)',
  });
}
