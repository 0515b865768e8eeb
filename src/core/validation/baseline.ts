import * as z from 'zod/mini';
import { given } from '../given.ts';
import { parseJsonFile, recordOf } from '../json-file.ts';
import {
  hasFailed,
  type ModelReport,
  type ProbeReport,
  type ValidationReport,
  type Verdict,
  VERDICTS,
} from './report.ts';
import { servedChange } from './served.ts';

const resultSchema = z.object({ verdict: z.enum(VERDICTS), latency_ms: z.number() });

const servedSchema = z.object({
  model: z.optional(z.string()),
  system_fingerprint: z.optional(z.string()),
});

/** The part of an earlier JSON report that a comparison reads. Other fields are ignored. */
export const baselineSchema = z.object({
  version: z.literal(1),
  models: recordOf(
    z.extend(resultSchema, {
      probes: z.record(z.string(), resultSchema),
      // Absent in the baselines of earlier versions, and where the server names nothing.
      served: z.optional(z.array(servedSchema)),
    }),
  ),
});

/** The results of an earlier run, by model and probe. Latencies are milliseconds. */
export type Baseline = z.infer<typeof baselineSchema>;

/** How a model compares with the earlier run. */
export interface Comparison {
  /** `new`: the earlier run did not test this model. */
  change: 'same' | 'better' | 'worse' | 'new';
  /** What got worse or better, one sentence each. */
  reasons: string[];
  /** Of the earlier run; undefined for a new model. */
  verdict: Verdict | undefined;
  /** Of the earlier run, in milliseconds; undefined for a new model. */
  latency_ms: number | undefined;
  /** How another model or another build answers now, in a sentence; undefined if none does. */
  served: string | undefined;
}

/** How much slower than in the baseline a probe may be. It is worse when it exceeds both. */
export interface SlowdownLimits {
  /** How many times its latency in the baseline. */
  max_slowdown: number;
  /** How many milliseconds more: a few are noise, whatever the factor. */
  min_slowdown: number;
}

/** Three times as slow, and by more than half a second. */
export const DEFAULT_SLOWDOWN: SlowdownLimits = { max_slowdown: 3, min_slowdown: 500 };

/** @throws UsageError `invalid_file` when the text is not a baseline; `path` is for the message */
export function parseBaseline(text: string, path: string): Baseline {
  return parseJsonFile(baselineSchema, text, path, 'a baseline of this program');
}

/**
 * The results of this run, and those of the earlier one that this run did not test: of models that
 * were not part of it, and of probes that did not run or were interrupted.
 */
export function baselineOf(
  report: ValidationReport,
  earlier: Baseline = { version: 1, models: {} },
): Baseline {
  const models = new Map(Object.entries(earlier.models));
  for (const model of report.models) {
    const tested = model.probes.filter((probe) => wasTested(probe, report));
    if (tested.length === 0) {
      if (isMissing(model)) models.delete(model.model);
      continue;
    }
    const dropped = new Set<string>(model.probes.filter(isMissing).map(({ probe }) => probe));
    const before = Object.entries(models.get(model.model)?.probes ?? {});
    const results = tested.map((probe) => [probe.probe, outline(probe)] as const);
    const kept = before.filter(([probe]) => !dropped.has(probe));
    const probes = Object.fromEntries([...kept, ...results]);
    models.set(model.model, {
      verdict: verdictOf(model, tested, probes),
      latency_ms: model.latency_ms,
      probes,
      ...servedOf(model, models.get(model.model)),
    });
  }
  // Sorted, so that a diff under version control shows only what changed.
  const sorted = [...models].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { version: 1, models: Object.fromEntries(sorted) };
}

function servedOf({ served }: ModelReport, before: Baseline['models'][string] | undefined) {
  const known = served.length > 0 ? served.map(given) : before?.served;
  return given({ served: known });
}

/** Whether the endpoint no longer offers what the baseline has. The new baseline accepts that. */
export function isMissing({ verdict }: { verdict: Verdict }): boolean {
  return verdict === 'gone' || verdict === 'not_asked';
}

/** A probe that the deadline of the run cut off says nothing about the model. */
function wasTested(probe: ProbeReport, { stopped_by }: ValidationReport): boolean {
  return (
    wasAsked(probe) &&
    !isMissing(probe) &&
    !(stopped_by === 'deadline' && probe.verdict === 'timeout')
  );
}

/** That of the first probe which failed, in this run or in an earlier one that this run did not repeat. */
function verdictOf(
  { broken_limits }: ModelReport,
  tested: readonly ProbeReport[],
  probes: Readonly<Record<string, { verdict: Verdict }>>,
): Verdict {
  // Only a report says whether what is unsupported was demanded.
  const others = Object.values(probes).filter(({ verdict }) => verdict !== 'unsupported');
  const failed = tested.find((probe) => hasFailed(probe)) ?? others.find((one) => hasFailed(one));
  return failed?.verdict ?? (broken_limits.length > 0 ? 'fail' : 'pass');
}

function outline({ verdict, latency_ms }: ProbeReport): z.infer<typeof resultSchema> {
  return { verdict, latency_ms };
}

function wasAsked({ verdict }: ProbeReport): boolean {
  return verdict !== 'skipped' && verdict !== 'not_claimed';
}

/** The results of a model in the baseline, whose id may be the name of a method of objects. */
export function earlierResult(
  { models }: Baseline,
  model: string,
): Baseline['models'][string] | undefined {
  return Object.hasOwn(models, model) ? models[model] : undefined;
}

/**
 * Compares a model with the baseline. Worse is a probe that fails and did not fail before, and one that
 * passes but takes much longer.
 * @param fails whether a verdict is a failure
 */
export function compare(
  model: ModelReport,
  baseline: Baseline,
  slowdown: SlowdownLimits,
  fails = hasFailed,
): Comparison {
  const before = earlierResult(baseline, model.model);
  if (before === undefined) {
    return {
      change: 'new',
      reasons: [],
      verdict: undefined,
      latency_ms: undefined,
      served: undefined,
    };
  }
  const worse: string[] = [];
  const better: string[] = [];
  for (const probe of model.probes.filter(wasAsked)) {
    const earlier = before.probes[probe.probe];
    if (fails(probe) && !(earlier && fails(earlier))) {
      const before_text = earlier === undefined ? 'is not in the baseline' : 'passed before';
      worse.push(`${probe.probe} ${before_text}, now: ${probe.verdict}`);
    } else if (earlier && !fails(probe) && fails(earlier) && probe.verdict !== earlier.verdict) {
      better.push(`${probe.probe} passes now, before: ${earlier.verdict}`);
    } else if (!fails(probe) && earlier && isSlower(probe, earlier, slowdown)) {
      const how = probe.repeats === undefined ? '' : ` (median of ${probe.repeats.count})`;
      worse.push(
        `${probe.probe} took ${probe.latency_ms} ms${how}, before: ${earlier.latency_ms} ms`,
      );
    }
  }
  // A limit can fail a model although all its probes pass; one that is gone has none.
  if (worse.length === 0 && fails(model) && (!fails(before) || isMissing(model))) {
    const now = model.reason ?? model.verdict;
    worse.push(fails(before) ? now : `passed before, now: ${now}`);
  }
  const { verdict, latency_ms } = before;
  const change = worse.length > 0 ? 'worse' : better.length > 0 ? 'better' : 'same';
  const served = servedChange(model.served, before.served ?? []);
  return { change, reasons: [...worse, ...better], verdict, latency_ms, served };
}

function isSlower(
  { latency_ms }: ProbeReport,
  earlier: { latency_ms: number },
  { max_slowdown, min_slowdown }: SlowdownLimits,
): boolean {
  const more = latency_ms - earlier.latency_ms;
  return latency_ms > earlier.latency_ms * max_slowdown && more > min_slowdown;
}
