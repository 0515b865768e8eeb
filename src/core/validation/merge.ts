import schema from '../../../schemas/validation-report.schema.json' with { type: 'json' };
import { compileSchema } from '../chat/json-schema.ts';
import { UsageError } from '../errors.ts';
import { parseJsonText } from '../json-file.ts';
import { isFields } from '../json.ts';
import { addTokens, NO_TOKENS } from './figures.ts';
import { type JudgedModel, type JudgedReport, type Outcome, summarize } from './judge.ts';
import {
  hasFailed,
  type ModelReport,
  PROBE_NAMES,
  type ProbeName,
  type ProbeReport,
  type Shard,
  type StopCause,
} from './report.ts';
import { notAsked } from './validate-model.ts';

const mismatchOf = compileSchema(schema);

const NO_DATE = 'started_at is not a date';

/**
 * Parses a report of `--report json`.
 * @param path for messages
 * @param parseDate of the clock
 * @throws UsageError `invalid_file`
 */
export function parseReport(
  text: string,
  path: string,
  parseDate: (text: string) => number,
): JudgedReport {
  const document = parseJsonText(text, path, 'invalid_file');
  const { started_at: date } = (document ?? {}) as { started_at?: unknown };
  const started = typeof date === 'string' ? parseDate(date) : Number.NaN;
  const mismatch = mismatchOf(document) ?? (Number.isNaN(started) ? NO_DATE : undefined);
  if (mismatch !== undefined) {
    throw new UsageError(`${path} is not a report of this program: ${mismatch}`, {
      code: 'invalid_file',
      hint: 'Write it with validate-models --report json=FILE.',
    });
  }
  // The schema holds what the type says, but for null and the date.
  const report = withoutNulls(document) as Omit<JudgedReport, 'started_at'>;
  return { ...report, started_at: started };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutNulls(each)]));
}

/**
 * One report of several runs, with the judgements of those runs. A model that several runs tested has
 * the worst result of each probe.
 * @param reports at least one
 */
export function mergeReports(reports: readonly JudgedReport[]): JudgedReport {
  const [first] = reports;
  if (first === undefined) throw new Error('there is nothing to merge');
  const started_at = Math.min(...reports.map((each) => each.started_at));
  const ended = reports.map((each) => each.started_at + each.duration_ms);
  const run = reports.flatMap((each) => each.probes);
  const probes = PROBE_NAMES.filter((name) => run.includes(name));
  const tested = new Map<string, JudgedModel[]>();
  for (const model of reports.flatMap((each) => each.models)) {
    tested.set(model.model, [...(tested.get(model.model) ?? []), model]);
  }
  const models = [...tested.values()].map((results) => mergeModel(results, probes));
  return {
    ...first,
    started_at,
    duration_ms: Math.max(...ended) - started_at,
    interrupted: reports.some((each) => each.interrupted),
    stopped_by: CAUSES.find((cause) => reports.some((each) => each.stopped_by === cause)),
    error: reports.find((each) => each.error !== undefined)?.error,
    live: reports.every((each) => each.live),
    shard: undefined,
    probes,
    models,
    tokens: reports.map((each) => each.tokens).reduce(addTokens, NO_TOKENS),
    rate_limited_ms: reports.reduce((sum, each) => sum + each.rate_limited_ms, 0),
    summary: summarize(models),
  };
}

/** Of several runs that ended early, the first of these is named. */
const CAUSES: readonly StopCause[] = ['error', 'signal', 'deadline', 'tokens', 'fail_fast'];

/** What the results of a model add up to: that of the worst run that tested it. */
function mergeModel(results: readonly JudgedModel[], names: readonly ProbeName[]): JudgedModel {
  const probes = names.map((name) => worstProbe(name, results));
  const worst = results.toSorted((a, b) => severity(b, probes) - severity(a, probes))[0];
  if (worst === undefined) throw new Error('a model without results');
  return {
    ...worst,
    required: results.some(({ required }) => required),
    flaky: results.some(({ flaky }) => flaky),
    duration_ms: results.reduce((sum, { duration_ms }) => sum + duration_ms, 0),
    tokens: results.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    served: results.flatMap(({ served }) => served),
    probes,
  };
}

const SEVERITY: Readonly<Record<Outcome, number>> = {
  passed: 1,
  excused: 2,
  failed: 3,
  skipped: 0,
};

/** A run that did not finish counts only while some probe remains that no run finished. */
function severity({ verdict, outcome }: JudgedModel, probes: readonly ProbeReport[]): number {
  if (verdict !== 'skipped') return SEVERITY[outcome];
  const open = probes.some((probe) => probe.verdict === 'skipped');
  return open ? SEVERITY.passed + 0.5 : -1;
}

function worstProbe(name: ProbeName, results: readonly ModelReport[]): ProbeReport {
  const found = results.flatMap(({ probes }) => probes.filter(({ probe }) => probe === name));
  const order = (probe: ProbeReport) => {
    if (hasFailed(probe)) return 3;
    return { warn: 2, pass: 1, skipped: 0 }[probe.verdict as string] ?? -1;
  };
  const [worst] = found.toSorted((a, b) => order(b) - order(a));
  return worst ?? notAsked(name, 'not_claimed', 'Not claimed');
}

/** The shards of the runs that no report is of: `3/5`. */
export function missingShards(reports: readonly JudgedReport[]): string[] {
  const counts = new Set(reports.flatMap(({ shard }) => (shard ? [shard.count] : [])));
  return [...counts].flatMap((count) =>
    Array.from({ length: count }, (_, index) => index + 1)
      .filter((number) => !reports.some(({ shard }) => isShard(shard, { number, count })))
      .map((number) => `${number}/${count}`),
  );
}

function isShard(one: Shard | undefined, { number, count }: Shard): boolean {
  return one?.number === number && one.count === count;
}
