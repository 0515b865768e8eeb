import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileLock } from '../core/credentials/lock.ts';
import { errno, storageError } from '../core/credentials/storage-error.ts';
import { StorageError } from '../core/errors.ts';
import { type Config, parseConfig, type Profile } from '../core/settings/config.ts';
import type { Context } from './context.ts';
import { configurationFolder } from './paths.ts';
import { writeWhole } from './whole-file.ts';

export { profileNames } from '../core/settings/profile.ts';

/** What becomes of a profile: undefined takes a key away. */
export type ProfileChange = { [Key in keyof Profile]?: Profile[Key] | undefined };

/** Bytes: no configuration is larger. */
const SIZE_CAP = 1024 * 1024;

/**
 * `config.json` of the configuration folder; without one, nothing is configured. Every command
 * reads it before anything else, so it is done at one stroke: where there is none, one failed open.
 * @throws UsageError `invalid_config`; StorageError when it is there but cannot be read
 */
export function readConfig(env: Context['env']): Config {
  const path = configPath(env);
  const json = readSmallFile(path);
  return json === undefined ? {} : parseConfig(json, path);
}

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
    const json = readSmallFile(path) ?? '{}';
    parseConfig(json, path);
    // As it stands there, in its own order.
    const config = JSON.parse(json) as Config;
    const profile = Object.entries({ ...config.profiles?.[name], ...change });
    const profiles = {
      ...config.profiles,
      [name]: Object.fromEntries(profile.filter(([, value]) => value !== undefined)),
    };
    const text = `${JSON.stringify({ ...config, profiles }, null, 2)}\n`;
    await writeWhole(path, text, random, 0o600);
  };
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw storageError('make', folder, error);
  });
  const lock = createFileLock({ path: join(folder, 'config.lock'), self, clock, random });
  await lock.run({ critical, signal });
}

function configPath(env: Context['env']): string {
  return join(configurationFolder(env), 'config.json');
}

/** Follows links, since people keep such files elsewhere, but does not wait for a FIFO's writer. */
function readSmallFile(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | 0);
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > SIZE_CAP) throw unusable(path, 'is not a small regular file');
    // It can say where a login's token goes.
    if ((stat.mode & 0o002) !== 0 && constants.O_NONBLOCK !== undefined) {
      throw unusable(path, 'can be changed by every user of this machine');
    }
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw error instanceof StorageError ? error : storageError('read', path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function unusable(path: string, what: string): StorageError {
  return new StorageError(`${path} ${what}`, {
    code: 'unusable_config',
    hint: `Put a file of your own there: chmod 600 ${path}`,
  });
}
