import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno, storageError } from '../core/files/storage-error.ts';
import { StorageError } from '../core/errors.ts';
import type { Config } from '../core/settings/config.ts';
import type { Context } from './context.ts';
import { configurationFolder, findConfigurationFolder } from './paths.ts';

const CONFIG_FILE = 'config.json';

/** Bytes: no configuration is larger. */
const SIZE_CAP = 1024 * 1024;

/**
 * `config.json` of the configuration folder; without one, nothing is configured. Every command
 * reads it before anything else, so it is done at one stroke: where there is none, one failed open.
 * @throws UsageError `invalid_config`; StorageError when it is there but cannot be read
 */
export async function readConfig(env: Context['env']): Promise<Config> {
  const folder = findConfigurationFolder(env);
  const path = folder && join(folder, CONFIG_FILE);
  const json = path && readConfigFile(path);
  if (path === undefined || json === undefined) return {};
  // Whoever has no file is spared the schema: 6 ms.
  const { parseConfig } = await import('../core/settings/config.ts');
  return parseConfig(json, path);
}

/** @throws UsageError `no_home` */
export function configPath(env: Context['env']): string {
  return join(configurationFolder(env), CONFIG_FILE);
}

/**
 * The text of the file, undefined when there is none. Follows links, since people keep such files elsewhere, but does not
 * wait for a FIFO's writer.
 * @throws StorageError
 */
export function readConfigFile(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > SIZE_CAP) throw unusable(path, 'is not a small regular file');
    // It can say where a login's token goes.
    if ((stat.mode & 0o002) !== 0 && constants.O_NONBLOCK !== undefined) {
      throw unusable(path, 'can be changed by every user of this machine');
    }
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    // A home such as /dev/null holds no files.
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return undefined;
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
