import { QwenDemoError } from '../../core/errors.ts';
import { chatSettings } from '../../core/settings/chat-settings.ts';
import { type Config, parseConfig } from '../../core/settings/config.ts';
import { SETTINGS } from '../../core/settings/definitions.ts';
import { modelNamed } from '../../core/settings/model-names.ts';
import { chooseProfile } from '../../core/settings/profile.ts';
import { modelSetting, resolveSettings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { findOwnFiles, homeSources, ownFilesOf } from '../paths.ts';
import type { Key } from './keys.ts';

/** config.json before and after a change of one key, and the profile that it is about. */
export interface ConfigChange {
  before: Config;
  after: Config;
  profile: string;
}

/**
 * Checks a change as the commands that read the file do. What was wrong before does not prevent it.
 * @throws UsageError for a value that cannot be used
 */
export function checkConfig(
  context: Context,
  { name }: Key,
  { before, after, profile }: ConfigChange,
): void {
  parseConfig(JSON.stringify(after), ownFilesOf(context.env).config);
  try {
    useProfile(context, after, profile);
  } catch (error) {
    if (!isUnusable(context, before, profile)) throw error;
    const own = after.profiles?.[profile] ?? {};
    const alone = { [name]: own[name as keyof typeof own] };
    useProfile(
      context,
      { ...(name === 'models' ? after : {}), profiles: { [profile]: alone } },
      profile,
    );
  }
}

function isUnusable(context: Context, config: Config, profile: string): boolean {
  try {
    useProfile(context, config, profile);
    return false;
  } catch (error) {
    return error instanceof QwenDemoError;
  }
}

/** Resolves every setting of the profile, as if no flag and no variable were given. */
function useProfile({ env }: Context, config: Config, name: string): void {
  const allowed = SETTINGS.allow_http.variables.map((one) => [one, env[one]]);
  const bare = Object.fromEntries(allowed) as Context['env'];
  const profile = chooseProfile({ flag: name, env: {}, config, new_profile: true });
  const layers = { flags: {}, env: bare, profile };
  resolveSettings({
    ...layers,
    home: homeSources(env),
    files: findOwnFiles(env, name),
    has_login: () => true,
    default_user_agent: 'qwen-demo',
  });
  chatSettings(layers);
  modelSetting(undefined, bare, profile);
  for (const one of Object.keys(profile.models ?? {})) modelNamed(one, profile);
}
