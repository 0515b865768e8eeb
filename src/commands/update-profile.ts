import { createFileLock } from '../core/files/lock.ts';
import { makeFolder } from '../core/files/make-folder.ts';
import { replaceOwnFile } from '../core/files/replacement.ts';
import { BY_HOME, storageError } from '../core/files/storage-error.ts';
import { type Config, parseConfig } from '../core/settings/config.ts';
import type { Profile } from '../core/settings/table.ts';
import { readConfigFile } from './config-file.ts';
import type { Context } from './context.ts';
import { ownFilesOf } from './paths.ts';
import { parseJson } from '../core/json.ts';

/** The keys of a profile to set; undefined deletes a key. */
export type ProfileChange = { [Key in keyof Profile]?: Profile[Key] | undefined };

/**
 * Changes one profile in config.json, or adds it, and leaves everything else in the file unchanged.
 * @throws UsageError `no_home`, `invalid_config`; StorageError when the file cannot be read or
 *   written: then it is unchanged
 */
export async function updateProfile(
  { env, self, clock, random, signal }: Context,
  name: string,
  change: ProfileChange,
): Promise<void> {
  const { folder, config: path, config_lock } = ownFilesOf(env);
  const critical = async () => {
    const json = (await readConfigFile(path)) ?? '{}';
    parseConfig(json, path);
    // Not the parsed form: this one keeps the order of the keys.
    const config = parseJson(json) as Config;
    const profile = Object.entries({ ...config.profiles?.[name], ...change });
    const profiles = {
      ...config.profiles,
      [name]: Object.fromEntries(profile.filter(([, value]) => value !== undefined)),
    };
    const text = `${JSON.stringify({ ...config, profiles }, null, 2)}\n`;
    await replaceOwnFile({ path, named: BY_HOME, follow: true }, text, random);
  };
  await makeFolder(folder, 0o700).catch((error: unknown) => {
    throw storageError('make', { path: folder, named: BY_HOME }, error);
  });
  const lock = createFileLock({
    path: config_lock,
    named: BY_HOME,
    self,
    clock,
    random,
  });
  await lock.run({ critical, signal });
}
