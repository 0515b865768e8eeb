import { QwenDemoError, UsageError } from '../../core/errors.ts';
import { DEFAULT_ENDPOINT } from '../../core/qwen/endpoint.ts';
import { modelNamed } from '../../core/settings/model-names.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { ModelDescription, ValidationPlan } from '../../core/validation/plan.ts';
import type { RunScope } from '../../core/validation/report.ts';
import { unaskedReport } from '../../core/validation/run.ts';
import { isExclusion, isGlob, selectModels } from '../../core/validation/select-models.ts';
import type { Context } from '../context.ts';
import { knownAt } from '../known-models.ts';
import { notice } from '../notice.ts';
import type { ModelFlags } from './model-flags.ts';
import type { Reports } from './publish.ts';

/**
 * Waits for a part of a run. If the run can ask nothing because of its error, which is any but that of
 * a wrong command line, writes the reports, in which every model is skipped.
 * @param plan the models and probes that would have been tested
 * @throws the error
 */
export async function orReport<T>(
  work: Promise<T>,
  plan: () => ValidationPlan,
  {
    context,
    reports,
    ...about
  }: { context: Context; reports: Reports; endpoint: string; seed: string } & RunScope,
): Promise<T> {
  const started_at = context.clock.now();
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof QwenDemoError) || error instanceof UsageError) throw error;
    const report = unaskedReport(plan(), error, { ...about, started_at });
    await reports.publish(report).catch((unwritten: unknown) => {
      if (!(unwritten instanceof QwenDemoError)) throw unwritten;
      notice(context, unwritten.message);
    });
    throw error;
  }
}

/** The endpoint of a run without credentials. */
export function expectedEndpoint({ auth }: Settings): string {
  return auth.method === 'api-key'
    ? auth.endpoint.value
    : (auth.base_url?.value ?? DEFAULT_ENDPOINT);
}

/** The models that are known to be tested although the endpoint's list cannot be read. */
export function modelsWithoutList(
  { patterns, live, described }: ModelFlags,
  settings: Settings,
): ModelDescription[] {
  const known = knownAt(settings, expectedEndpoint(settings));
  if (described !== undefined) return selectModels({ patterns, known, described });
  const named = patterns
    .filter((pattern) => !isGlob(pattern) && !isExclusion(pattern))
    .map((name) => modelNamed(name, settings.profile));
  if (named.length === 0 && (live || patterns.length > 0)) return [];
  return selectModels({ patterns: named, known });
}
