import { modelsAt } from '../core/qwen/known-models.ts';
import { catalogue, type KnownModel } from '../core/qwen/models.ts';
import { planOfHost } from '../core/qwen/plans.ts';
import type { Config } from '../core/settings/config.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Context } from './context.ts';
import { readConfig } from './config-file.ts';
import { listedModels } from './last-models.ts';
import { testedModels } from './last-verdicts.ts';

/**
 * The ids of the models that are known on this machine, without a request: those and the names for
 * them in config.json, those of the catalogue, and those that were listed last or tested. What cannot
 * be read counts as empty.
 */
export async function knownModelIds(context: Pick<Context, 'env' | 'clock'>): Promise<string[]> {
  const [listed, tested, { profiles = {}, models }] = await Promise.all([
    listedModels(context),
    testedModels(context),
    readConfig(context).catch((): Config => ({})),
  ]);
  const named = Object.values(profiles).flatMap(({ model, models: own = {} }) => [
    ...(model === undefined ? [] : [model]),
    ...Object.entries(own).flat(),
  ]);
  const names = [...Object.entries(models ?? {}).flat(), ...named];
  return [...new Set([...names, ...catalogue.map(({ id }) => id), ...listed, ...tested])];
}

/** The models that are known at an endpoint without a request. */
export function knownAt({ auth }: Settings, endpoint: string): readonly KnownModel[] {
  const plan = planOfHost(new URL(endpoint).hostname);
  return modelsAt({ login: auth.method === 'oauth', plan });
}
