import * as z from 'zod/mini';
import { parseJsonFile } from '../json-file.ts';
import {
  hasFailed,
  type ModelReport,
  type ProbeReport,
  type ValidationReport,
  type Verdict,
  VERDICTS,
} from './report.ts';

const resultSchema = z.object({ verdict: z.enum(VERDICTS), latency_ms: z.number() });

/** The part of an earlier JSON report that a comparison reads. Other fields are ignored. */
export const baselineSchema = z.object({
  version: z.literal(1),
  models: z.record(
    z.string(),
    z.extend(resultSchema, { probes: z.record(z.string(), resultSchema) }),
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
}

/** A difference below this many milliseconds is noise, whatever the factor. */
const NOISE = 100;

/** @throws UsageError `invalid_file` when the text is not a baseline; `path` is for the message */
export function parseBaseline(text: string, path: string): Baseline {
  return parseJsonFile(baselineSchema, text, path, 'a baseline of this program');
}

/** The results of this run, and those of the earlier one that this run did not test. */
export function baselineOf(
  report: ValidationReport,
  earlier: Baseline = { version: 1, models: {} },
): Baseline {
  const models = new Map(Object.entries(earlier.models));
  for (const { model, verdict, latency_ms, probes } of report.models) {
    if (verdict === 'skipped') continue;
    const asked = probes.filter(wasAsked).map((probe) => [probe.probe, outline(probe)] as const);
    models.set(model, {
      verdict,
      latency_ms,
      probes: { ...models.get(model)?.probes, ...Object.fromEntries(asked) },
    });
  }
  // Sorted, so that a diff under version control shows only what changed.
  const sorted = [...models].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { version: 1, models: Object.fromEntries(sorted) };
}

function outline({ verdict, latency_ms }: ProbeReport): z.infer<typeof resultSchema> {
  return { verdict, latency_ms };
}

function wasAsked({ verdict }: ProbeReport): boolean {
  return verdict !== 'skipped' && verdict !== 'not_claimed';
}

/**
 * Compares a model with the baseline. Worse is a probe that fails and did not fail before, and one that
 * passes but takes more than `max_slowdown` times as long.
 */
export function compare(model: ModelReport, baseline: Baseline, max_slowdown: number): Comparison {
  const before = Object.hasOwn(baseline.models, model.model)
    ? baseline.models[model.model]
    : undefined;
  if (before === undefined) {
    return { change: 'new', reasons: [], verdict: undefined, latency_ms: undefined };
  }
  const worse: string[] = [];
  const better: string[] = [];
  for (const probe of model.probes.filter(wasAsked)) {
    const earlier = before.probes[probe.probe];
    if (hasFailed(probe) && !(earlier && hasFailed(earlier))) {
      const before_text = earlier === undefined ? 'is not in the baseline' : 'passed before';
      worse.push(`${probe.probe} ${before_text}, now: ${probe.verdict}`);
    } else if (earlier !== undefined && !hasFailed(probe) && hasFailed(earlier)) {
      better.push(`${probe.probe} passes now, before: ${earlier.verdict}`);
    } else if (!hasFailed(probe) && earlier && isSlower(probe, earlier, max_slowdown)) {
      worse.push(`${probe.probe} took ${probe.latency_ms} ms, before: ${earlier.latency_ms} ms`);
    }
  }
  // A limit can fail a model although all its probes pass.
  if (worse.length === 0 && hasFailed(model) && !hasFailed(before)) {
    worse.push(`passed before, now: ${model.reason ?? model.verdict}`);
  }
  const { verdict, latency_ms } = before;
  const change = worse.length > 0 ? 'worse' : better.length > 0 ? 'better' : 'same';
  return { change, reasons: [...worse, ...better], verdict, latency_ms };
}

function isSlower(
  { latency_ms }: ProbeReport,
  earlier: { latency_ms: number },
  factor: number,
): boolean {
  return latency_ms > earlier.latency_ms * factor && latency_ms - earlier.latency_ms > NOISE;
}
