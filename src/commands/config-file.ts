import { accessSync, constants } from 'node:fs';
import { StorageError } from '../core/errors.ts';
import type { Inspect } from '../core/files/own-file.ts';
import { SETTING_HOME, errno } from '../core/files/storage-error.ts';
import type { Pauses } from '../core/files/patience.ts';
import type { Config } from '../core/settings/config.ts';
import type { Context } from './context.ts';
import { findOwnFiles } from './paths.ts';

/**
 * `config.json` of the configuration folder; without one, nothing is configured.
 * @throws UsageError `invalid_config`; StorageError when it is there but cannot be read
 */
export async function readConfig({ env, clock }: Pick<Context, 'env' | 'clock'>): Promise<Config> {
  const path = findOwnFiles(env)?.config;
  const json = path && (await readConfigFile(path, clock));
  if (path === undefined || json === undefined) return {};
  // Without a file the schema is not needed: loading it takes 6 ms.
  const { parseConfig } = await import('../core/settings/config.ts');
  return parseConfig(json, path);
}

/**
 * The text of the file, undefined when there is none. A symbolic link is followed: people keep
 * such files in a repository of their own. It is only read, so that nothing writes through a link.
 * @throws StorageError
 */
export async function readConfigFile(path: string, clock: Pauses): Promise<string | undefined> {
  if (isAbsent(path)) return undefined;
  const { readOwnFile } = await import('../core/files/own-file.ts');
  const inspect: Inspect = (_, { mode }) => {
    // It can say where the token of a login goes. Windows has no such permissions.
    if ((mode & 0o002n) === 0n || constants.O_NONBLOCK === undefined) return;
    throw new StorageError(`${path} can be changed by every user of this machine`, {
      code: 'unusable_config',
      hint: `Make it yours alone: chmod 600 ${path}`,
    });
  };
  const file = await readOwnFile({ path, setting: SETTING_HOME, follow: true, inspect, clock });
  return file?.text;
}

/** Every command asks for the file and most users have none: this costs 0.4 ms, the reader 3 ms. */
function isAbsent(path: string): boolean {
  try {
    accessSync(path);
    return false;
  } catch (error) {
    // A home that is not a folder, such as /dev/null, holds no files.
    return errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR';
  }
}
