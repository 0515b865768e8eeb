/** Results that the baseline has and a run would lack: of models, and of single probes. */
import { type Baseline, earlierResult } from './baseline.ts';
import { NO_TOKENS } from './figures.ts';
import type { ProbeList } from './claims.ts';
import type { ModelDescription, ValidationPlan } from './plan.ts';
import { hasFailed, type ModelReport, PROBE_NAMES, type ProbeName } from './report.ts';
import { notAsked, NOT_MEASURED } from './validate-model.ts';

/** What a run selects from the list of the endpoint. */
export interface ListedSelection {
  models: readonly Pick<ModelDescription, 'model' | 'required'>[];
  /** The ids that the endpoint lists; undefined when the list was not needed. */
  listed: ReadonlySet<string> | undefined;
  /** Whether the flags select a model with this id from the list. */
  covers(model: string): boolean;
}

/**
 * The models of the baseline that a run selects, but cannot test: `gone` if the endpoint does not list
 * them any more, else `not_asked`. Without a list there are none. A glob also selects models that only
 * the program knows, as optional ones: such a model is gone, too, if the baseline has it.
 */
export function missingModels(
  { models: earlier }: Baseline,
  { models, listed, covers }: ListedSelection,
): ModelReport[] {
  if (listed === undefined) return [];
  const sure = models.filter(({ model, required }) => required || listed.has(model));
  const tested = new Set(sure.map(({ model }) => model));
  return Object.keys(earlier)
    .filter((model) => !tested.has(model) && covers(model))
    .filter((model) => earlier[model]?.verdict !== 'unavailable')
    .map((model) => untested(model, listed.has(model)));
}

function untested(model: string, listed: boolean): ModelReport {
  return {
    model,
    required: true,
    verdict: listed ? 'not_asked' : 'gone',
    reason: listed
      ? 'It is in the baseline and in the list, but this run did not select it'
      : 'It is in the baseline, but the endpoint does not list it any more',
    flaky: false,
    ...NOT_MEASURED,
    duration_ms: 0,
    tokens: NO_TOKENS,
    broken_limits: [],
    unmeasured_limits: [],
    served: [],
    probes: [],
  };
}

/** A report of one run with models that it could not test. */
export function withMissing<Report extends { models: ModelReport[]; probes: ProbeName[] }>(
  report: Report,
  missing: readonly ModelReport[],
): Report {
  const probes = report.probes.map((probe) => notAsked(probe, 'not_claimed', 'Not tested'));
  return { ...report, models: [...report.models, ...missing.map((one) => ({ ...one, probes }))] };
}

/** They run only where a flag or a file asks for them, so that most runs lack them. */
const ON_DEMAND: ReadonlySet<ProbeName> = new Set(['long', 'errors', 'own']);

/**
 * The plan with the probes that a model passed in the baseline and does not claim any more, although
 * no flag and no file leaves them out.
 */
export function withMissingProbes(
  plan: ValidationPlan,
  baseline: Baseline,
  models: readonly ModelDescription[],
  asked: ProbeList | undefined,
): ValidationPlan {
  const described = new Set(models.filter(({ probes }) => probes).map(({ model }) => model));
  const candidates = plan.candidates.map((candidate) => {
    const { model, claims, left_out } = candidate;
    const earlier = earlierResult(baseline, model)?.probes ?? {};
    const missing = PROBE_NAMES.filter((name) => {
      const before = Object.hasOwn(earlier, name) ? earlier[name] : undefined;
      const wanted = asked?.names.includes(name) ?? !ON_DEMAND.has(name);
      return before && !hasFailed(before) && wanted && ![...claims, ...left_out].includes(name);
    });
    return described.has(model) ? candidate : { ...candidate, missing };
  });
  const columns = new Set([...plan.probes, ...candidates.flatMap(({ missing }) => missing)]);
  return { candidates, probes: PROBE_NAMES.filter((name) => columns.has(name)) };
}
