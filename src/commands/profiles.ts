import { patientFiles } from '../core/files/patience.ts';
import { profileOfSecret } from '../core/settings/files.ts';
import { profileNames } from '../core/settings/profile.ts';
import { readConfig } from './config-file.ts';
import type { Context } from './context.ts';
import { findOwnFiles } from './paths.ts';

/**
 * The profiles of `config.json`, and those that only have secrets in the configuration folder.
 * @throws the errors of {@link readConfig}
 */
export async function everyProfile(context: Pick<Context, 'env' | 'clock'>): Promise<string[]> {
  const folder = findOwnFiles(context.env)?.folder;
  const { readdir } = patientFiles(context.clock);
  const files = folder === undefined ? [] : await readdir(folder).catch(() => []);
  const found = files.map(profileOfSecret).filter((profile) => profile !== undefined);
  return [...new Set([...profileNames(await readConfig(context)), ...found.toSorted()])];
}
