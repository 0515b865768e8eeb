import { readdir } from 'node:fs/promises';
import { profileNames } from '../../core/settings/profile.ts';
import { requireProfileName } from '../../core/settings/profile-name.ts';
import { readConfig } from '../config-file.ts';
import type { Context } from '../context.ts';
import { findConfigurationFolder } from '../paths.ts';

/** What profiles keep their secrets in: `profileFile`, read backwards. */
const SECRET_FILE = /^(?:oauth_creds|api_key|pending_login)\.([^.]+)\.json$/;

/** The profiles of `config.json`, and those that left secrets without being named there. */
export async function everyProfile(env: Context['env']): Promise<string[]> {
  const folder = findConfigurationFolder(env);
  const files = folder === undefined ? [] : await readdir(folder).catch(() => []);
  const found = files.flatMap((file) => SECRET_FILE.exec(file)?.[1] ?? []);
  return [...new Set([...profileNames(await readConfig(env)), ...found.filter(isProfileName)])];
}

/** A file of another kind may look like that of a profile: `oauth_creds.refresh-failure.json`. */
function isProfileName(name: string): boolean {
  try {
    requireProfileName(name, 'file');
    return true;
  } catch {
    return false;
  }
}
