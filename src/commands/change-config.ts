import { createFileLock } from '../core/files/lock.ts';
import { makeFolder } from '../core/files/make-folder.ts';
import { patientFiles } from '../core/files/patience.ts';
import { prepareOwnFile, replaceOwnFile } from '../core/files/replacement.ts';
import { SETTING_HOME, storageError } from '../core/files/storage-error.ts';
import { parseJson, ownValue } from '../core/json.ts';
import { type Config, parseConfig } from '../core/settings/config.ts';
import type { Profile } from '../core/settings/definitions.ts';
import { DEFAULT_PROFILE } from '../core/settings/files.ts';
import { readConfigFile } from './config-file.ts';
import type { Context } from './context.ts';
import { noticesOf } from './notice.ts';
import { ownFilesOf } from './paths.ts';

/** The keys of a profile to set; undefined deletes a key. */
export type ProfileChange = { [Key in keyof Profile]?: Profile[Key] | undefined };

/**
 * Changes one profile in config.json, or adds it, and leaves everything else in the file unchanged.
 * @throws the errors of {@link updateConfig}
 */
export async function updateProfile(
  context: Context,
  name: string,
  change: ProfileChange,
): Promise<void> {
  await updateConfig(context, (config) =>
    withProfile(config, name, { ...ownValue(config.profiles, name), ...change }),
  );
}

/** config.json with this profile in place of the one of the same name. */
export function withProfile(config: Config, name: string, profile: ProfileChange): object {
  return { ...config, profiles: { ...config.profiles, [name]: defined(profile) } };
}

/**
 * Makes commands use this profile, and adds it when it only has files.
 * @throws the errors of {@link updateConfig}
 */
export async function recordDefaultProfile(context: Context, name: string): Promise<void> {
  await updateConfig(context, (config) => {
    if (name === DEFAULT_PROFILE) return { ...config, default_profile: undefined };
    const profiles = { ...config.profiles, [name]: ownValue(config.profiles, name) ?? {} };
    return { ...config, default_profile: name, profiles };
  });
}

/** The same without the keys that are undefined. */
export function defined<T extends object>(keys: T): T {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Changes config.json, or makes it.
 * @param change without it the file is only tried
 * @throws UsageError `no_home`, `invalid_config`; StorageError when the file cannot be read or
 *   written, or is a symbolic link: then it is unchanged
 */
export async function updateConfig(
  context: Context,
  change?: (config: Config) => object,
): Promise<void> {
  const { env, self, clock, random, signal } = context;
  const { folder, config: path, config_lock } = ownFilesOf(env);
  const ref = { path, setting: SETTING_HOME, clock };
  const critical = async () => {
    const json = (await readConfigFile(path, clock)) ?? '{}';
    parseConfig(json, path);
    const replaced = { ...ref, onNotice: noticesOf(context) };
    if (!change) {
      await (await prepareOwnFile(replaced, context)).discard();
      return;
    }
    // Not the parsed form: this one keeps the order of the keys.
    const text = `${JSON.stringify(change(parseJson(json) as Config), null, 2)}\n`;
    await replaceOwnFile(replaced, text, context);
  };
  await makeFolder(patientFiles(clock), folder, 0o700).catch((error: unknown) => {
    throw storageError('make', { path: folder, setting: SETTING_HOME }, error);
  });
  const lock = createFileLock({
    path: config_lock,
    setting: SETTING_HOME,
    self,
    clock,
    random,
    onNotice: noticesOf(context),
  });
  await lock.run({ critical, signal });
}
