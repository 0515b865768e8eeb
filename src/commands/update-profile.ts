import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileLock } from '../core/files/lock.ts';
import { replaceOwnFile } from '../core/files/replacement.ts';
import { BY_HOME, storageError } from '../core/files/storage-error.ts';
import { type Config, parseConfig, type Profile } from '../core/settings/config.ts';
import { configPath, readConfigFile } from './config-file.ts';
import type { Context } from './context.ts';
import { configurationFolder } from './paths.ts';
import { parseJson } from '../core/json.ts';

/** What becomes of a profile: undefined takes a key away. */
export type ProfileChange = { [Key in keyof Profile]?: Profile[Key] | undefined };

/**
 * Changes one profile, which need not exist, and leaves everything else in the file as it is.
 * @throws as `readConfig`; StorageError when it cannot be written, and then nothing has changed
 */
export async function updateProfile(
  { env, self, clock, random, signal }: Context,
  name: string,
  change: ProfileChange,
): Promise<void> {
  const path = configPath(env);
  const folder = configurationFolder(env);
  const critical = async () => {
    const json = (await readConfigFile(path)) ?? '{}';
    parseConfig(json, path);
    // As it stands there, in its own order.
    const config = parseJson(json) as Config;
    const profile = Object.entries({ ...config.profiles?.[name], ...change });
    const profiles = {
      ...config.profiles,
      [name]: Object.fromEntries(profile.filter(([, value]) => value !== undefined)),
    };
    const text = `${JSON.stringify({ ...config, profiles }, null, 2)}\n`;
    await replaceOwnFile({ path, named: BY_HOME, follow: true }, text, random);
  };
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw storageError('make', { path: folder, named: BY_HOME }, error);
  });
  const lock = createFileLock({
    path: join(folder, 'config.lock'),
    named: BY_HOME,
    self,
    clock,
    random,
  });
  await lock.run({ critical, signal });
}
