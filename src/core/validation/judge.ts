import { type Baseline, compare } from './baseline.ts';
import { type KnownFailureEntry, knownFailureOf } from './known-failures.ts';
import { hasFailed, summarize, type ModelReport, type ValidationReport } from './report.ts';

/**
 * What a result means for the run. Only `failed` makes it end with an error: a failure is `excused`
 * where the model is optional, where it is known, and where it is no news to the baseline.
 */
export type Outcome = 'passed' | 'failed' | 'excused' | 'skipped';

export interface JudgedModel extends ModelReport {
  outcome: Outcome;
  /** Why a failure does not count, in a few words. */
  excuse: string | undefined;
}

export interface JudgedReport extends ValidationReport {
  models: JudgedModel[];
}

export interface JudgeOptions {
  baseline?: Baseline | undefined;
  /** So many times slower than the baseline is too slow. */
  max_slowdown: number;
  known_failures: readonly KnownFailureEntry[];
  /** In UTC, `YYYY-MM-DD`: a known failure is excused through the last hour of its day. */
  today: string;
}

/** Weighs what was found; `summary.required_failed` then counts only what the run fails for. */
export function judge(report: ValidationReport, options: JudgeOptions): JudgedReport {
  const models = report.models
    .map((model) => judgeModel(model, options))
    .map((model) => (isOverdue(model, report) ? { ...model, outcome: 'failed' as const } : model));
  const failed = models.filter(({ outcome }) => outcome === 'failed');
  const required_failed = failed.filter(({ verdict }) => verdict !== 'skipped').length;
  return { ...report, models, summary: { ...summarize(models), required_failed } };
}

/** A required model that time or tokens did not suffice for is no better than one that failed. */
function isOverdue({ required, verdict }: ModelReport, { stopped_by }: ValidationReport): boolean {
  return (
    required && verdict === 'skipped' && (stopped_by === 'deadline' || stopped_by === 'tokens')
  );
}

function judgeModel(model: ModelReport, options: JudgeOptions): JudgedModel {
  const { baseline, max_slowdown, known_failures, today } = options;
  const known = hasFailed(model) ? knownFailureOf(model, known_failures, today) : undefined;
  const compared: ModelReport = {
    ...model,
    ...(known && { known_failure: known }),
    ...(baseline && { baseline: compare(model, baseline, max_slowdown) }),
  };
  return { ...compared, ...outcomeOf(compared) };
}

function outcomeOf(model: ModelReport): Pick<JudgedModel, 'outcome' | 'excuse'> {
  const change = model.baseline?.change;
  if (!hasFailed(model) && change !== 'worse') {
    return { outcome: model.verdict === 'pass' ? 'passed' : 'skipped', excuse: undefined };
  }
  const excuse = excuseOf(model, change);
  return { outcome: excuse === undefined ? 'failed' : 'excused', excuse };
}

function excuseOf(
  { required, known_failure }: ModelReport,
  change: string | undefined,
): string | undefined {
  if (!required) return 'optional';
  if (known_failure && !known_failure.expired) {
    return `known until ${known_failure.until}: ${known_failure.reason}`;
  }
  if (change === 'same' || change === 'better') return 'no worse than the baseline';
  return undefined;
}
