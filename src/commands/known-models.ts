import { catalog } from '../core/qwen/models.ts';
import type { Context } from './context.ts';
import { readConfig } from './config-file.ts';
import { testedModels } from './last-verdicts.ts';

/**
 * The ids of the models that are known on this machine, without a request: of the catalog, of the
 * profiles in config.json, and those that were tested. What cannot be read counts as empty.
 */
export async function knownModelIds(context: Pick<Context, 'env' | 'clock'>): Promise<string[]> {
  const [tested, { profiles = {} }] = await Promise.all([
    testedModels(context),
    readConfig(context).catch(() => ({ profiles: {} })),
  ]);
  const named = Object.values(profiles).flatMap(({ model }) => model ?? []);
  return [...new Set([...catalog.map(({ id }) => id), ...named, ...tested])];
}
