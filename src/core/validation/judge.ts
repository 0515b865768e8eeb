import {
  type Baseline,
  compare,
  type Comparison,
  isMissing,
  type SlowdownLimits,
} from './baseline.ts';
import { type KnownFailure, type KnownFailureEntry, knownFailureOf } from './known-failures.ts';
import { hasFailed, type ModelReport, type ValidationReport } from './report.ts';

/**
 * What the verdict of a model means for the run. Only `failed` makes the command exit with 9. A
 * failure is `excused` when the model is optional, when it is a known failure, or when the model
 * already failed in the baseline.
 */
export type Outcome = 'passed' | 'failed' | 'excused' | 'skipped';

/** What the judge adds to the report of a model. */
export interface Judgement {
  outcome: Outcome;
  /** Why a failure does not count, in a few words; undefined unless the failure is excused. */
  excuse: string | undefined;
  /** Undefined unless the model failed and an entry covers the failure. */
  known_failure: KnownFailure | undefined;
  /** Undefined without a baseline. */
  baseline: Comparison | undefined;
}

/** The report of a model with its judgement. */
export interface JudgedModel extends ModelReport, Judgement {}

/** Counts of models. */
export interface Summary {
  total: number;
  passed: number;
  /** Passed with a warning. Counted in `passed` too. */
  warned: number;
  /** Passed, but one probe needed more than one attempt. Counted in `passed` too. */
  flaky: number;
  /** Tested, and neither passed nor interrupted; excused failures included. */
  failed: number;
  /** Required models with the outcome `failed` that were tested. */
  required_failed: number;
  skipped: number;
  /** Required models that were skipped. */
  required_skipped: number;
  not_claimed: number;
}

/** A report that was compared with the baseline and the known failures. */
export interface JudgedReport extends ValidationReport {
  models: JudgedModel[];
  summary: Summary;
}

/** What a report is judged by. */
export interface JudgeOptions {
  baseline: Baseline | undefined;
  /** Whether the baseline was written from this report, and so accepts what is missing in it. */
  accepted: boolean;
  slowdown: SlowdownLimits;
  /** Whether a warning is a failure. */
  strict: boolean;
  known_failures: readonly KnownFailureEntry[];
  /** In UTC, `YYYY-MM-DD`. A known failure is excused through the end of its last day. */
  today: string;
}

/** Compares a report with the baseline and the known failures, and decides what counts. */
export function judge(report: ValidationReport, options: JudgeOptions): JudgedReport {
  const models = report.models.map((model) => judgeModel(model, report, options));
  return { ...report, models, summary: summarize(models) };
}

/** A report of several judged runs, whose judgements stand. With `strict` a warning fails, too. */
export function keepJudgements(report: JudgedReport, strict: boolean): JudgedReport {
  const models = report.models.map((model) => {
    if (!strict || model.verdict !== 'warn' || model.outcome !== 'passed') return model;
    const excuse = model.required ? undefined : OPTIONAL;
    return { ...model, outcome: excuse ? ('excused' as const) : ('failed' as const), excuse };
  });
  return { ...report, models, summary: summarize(models) };
}

const OPTIONAL = 'optional';

function judgeModel(
  model: ModelReport,
  report: ValidationReport,
  { baseline, accepted, slowdown, strict, known_failures, today }: JudgeOptions,
): JudgedModel {
  const fails = strict ? hasFailedOrWarned : hasFailed;
  const known_failure = fails(model)
    ? knownFailureOf(model, known_failures, today, fails)
    : undefined;
  const comparison = baseline && compare(model, baseline, slowdown, fails);
  const excuse =
    accepted && isMissing(model)
      ? 'left out of the new baseline'
      : excuseOf(model, known_failure, comparison?.change);
  const outcome = outcomeOf(model, report, comparison?.change, excuse, fails);
  return {
    ...model,
    outcome,
    excuse: outcome === 'excused' ? excuse : undefined,
    known_failure,
    baseline: comparison,
  };
}

const hasFailedOrWarned: typeof hasFailed = (result) =>
  result.verdict === 'warn' || hasFailed(result);

function outcomeOf(
  model: ModelReport,
  report: ValidationReport,
  change: Comparison['change'] | undefined,
  excuse: string | undefined,
  fails: typeof hasFailed,
): Outcome {
  if (fails(model) || change === 'worse') return excuse === undefined ? 'failed' : 'excused';
  if (model.verdict === 'pass' || model.verdict === 'warn') return 'passed';
  return isOverdue(model, report) ? 'failed' : 'skipped';
}

/** A required model that time or tokens did not suffice for counts as failed. */
function isOverdue({ required, verdict }: ModelReport, { stopped_by }: ValidationReport): boolean {
  return (
    required && verdict === 'skipped' && (stopped_by === 'deadline' || stopped_by === 'tokens')
  );
}

function excuseOf(
  { required }: ModelReport,
  known_failure: KnownFailure | undefined,
  change: Comparison['change'] | undefined,
): string | undefined {
  if (!required) return OPTIONAL;
  if (known_failure && !known_failure.expired) {
    return `known until ${known_failure.until}: ${known_failure.reason}`;
  }
  if (change === 'same' || change === 'better') return 'no worse than the baseline';
  return undefined;
}

/** Counts the models of a report. */
export function summarize(models: readonly JudgedModel[]): Summary {
  const count = (matches: (model: JudgedModel) => boolean) => models.filter(matches).length;
  return {
    total: models.length,
    passed: count(({ verdict }) => verdict === 'pass' || verdict === 'warn'),
    warned: count(({ verdict }) => verdict === 'warn'),
    flaky: count(({ verdict, flaky }) => (verdict === 'pass' || verdict === 'warn') && flaky),
    failed: count(hasFailed),
    required_failed: count(({ outcome, verdict }) => outcome === 'failed' && verdict !== 'skipped'),
    skipped: count(({ verdict }) => verdict === 'skipped'),
    required_skipped: count(({ verdict, required }) => required && verdict === 'skipped'),
    not_claimed: count(({ verdict }) => verdict === 'not_claimed'),
  };
}
