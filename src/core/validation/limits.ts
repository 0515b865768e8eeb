import { UsageError } from '../errors.ts';
import { type NumberRule, parseDuration, parseNumber, wholeNumberRule } from '../number.ts';
import {
  type BrokenLimit,
  type Figures,
  LIMIT_NAMES,
  type LimitName,
  PROBE_NAMES,
  type ProbeName,
  type Statistic,
  STATISTICS,
  type UnmeasuredLimit,
} from './report.ts';

/** How many models are tested at the same time. */
export const CONCURRENCY = wholeNumberRule(1, 256, 'invalid_concurrency');

/** What a figure of a probe may be: `p95=2s` for all probes, `chat:2s` for one. */
export interface Bound {
  /** Undefined: every probe that has no bound of its own for this statistic. */
  probe: ProbeName | undefined;
  statistic: Statistic;
  /** Milliseconds, or tokens per second. */
  allowed: number;
}

/** The bounds of each figure. */
export type FigureLimits = { [Name in LimitName]?: readonly Bound[] | undefined };

/**
 * Parses `2s`, `p95=2s`, `chat:2s` or `chat:p95=2s`.
 * @param source for messages: `--max-ttft`
 * @param parse the value
 * @throws UsageError `invalid_limit`; the errors of `parse`
 */
export function parseBound(text: string, source: string, parse: (value: string) => number): Bound {
  const words = text.split(/[:=]/).map((word) => word.trim().toLowerCase());
  const allowed = parse(words.pop() ?? '');
  const bound: Bound = { probe: undefined, statistic: 'median', allowed };
  const statistics = words.flatMap((word) => STATISTICS.filter((name) => name === word));
  const probes = words.flatMap((word) => PROBE_NAMES.filter((name) => name === word));
  const known = statistics.length <= 1 && probes.length <= 1;
  if (known && statistics.length + probes.length === words.length) {
    return { ...bound, probe: probes[0], statistic: statistics[0] ?? 'median' };
  }
  const unknown = words.find(
    (word) => ![...STATISTICS, ...PROBE_NAMES].some((one) => one === word),
  );
  const what = unknown === undefined ? 'names two of a kind' : `knows no "${unknown}"`;
  throw new UsageError(`${source} ${text} ${what}`, {
    code: 'invalid_limit',
    hint:
      `Write PROBE:STATISTIC=VALUE, each part before the value at most once. ` +
      `Statistics: ${STATISTICS.join(', ')}. Probes: ${PROBE_NAMES.join(', ')}.`,
    ...(unknown !== undefined && { choice: { given: unknown, among: PROBE_NAMES } }),
  });
}

const RATE: NumberRule = {
  what: 'a number greater than 0',
  code: 'invalid_limit',
  accepts: (value) => value > 0,
};

/** How the value of each limit is written: a duration, or tokens per second. */
export const VALUE_OF: Readonly<Record<LimitName, (text: string) => number>> = {
  max_ttft: (text) => parseDuration(text),
  max_latency: (text) => parseDuration(text),
  min_tokens_per_second: (text) => parseNumber(text, 'a rate of', RATE),
};

/** What was measured in one probe: the figures of every answer. */
export interface MeasuredProbe {
  probe: ProbeName;
  answers: readonly Figures[];
}

/** What the limits of a model find. */
export interface LimitFindings {
  broken: BrokenLimit[];
  /** A limit of every probe is only here when no probe has the figure. */
  unmeasured: UnmeasuredLimit[];
}

/** Compares the figures of a model with its limits. What was not measured breaks none. */
export function judgeLimits(
  measured: readonly MeasuredProbe[],
  limits: FigureLimits,
): LimitFindings {
  const findings: LimitFindings = { broken: [], unmeasured: [] };
  for (const limit of LIMIT_NAMES) {
    const bounds = limits[limit] ?? [];
    const judged = measured.flatMap(({ probe, answers }) =>
      boundsOf(probe, bounds).map((bound) => judgeBound(limit, bound, probe, answers)),
    );
    findings.broken.push(...judged.flatMap(({ broken }) => (broken ? [broken] : [])));
    const open = judged.filter((one) => !one.measured);
    const named = open.filter(({ bound }) => bound.probe !== undefined);
    findings.unmeasured.push(...named.map(({ bound }) => ({ limit, probe: bound.probe })));
    if (judged.length > 0 && open.length === judged.length && named.length < open.length) {
      findings.unmeasured.push({ limit, probe: undefined });
    }
  }
  return findings;
}

/** The last bound of each statistic that names the probe, else the last one for all probes. */
function boundsOf(probe: ProbeName, bounds: readonly Bound[]): Bound[] {
  return STATISTICS.flatMap((statistic) => {
    const same = bounds.filter((bound) => bound.statistic === statistic);
    const bound =
      same.findLast((one) => one.probe === probe) ??
      same.findLast((one) => one.probe === undefined);
    return bound ? [bound] : [];
  });
}

const FIGURE: Readonly<Record<LimitName, keyof Figures>> = {
  max_ttft: 'first_token_ms',
  max_latency: 'latency_ms',
  min_tokens_per_second: 'tokens_per_second',
};

function judgeBound(
  limit: LimitName,
  bound: Bound,
  probe: ProbeName,
  answers: readonly Figures[],
): { bound: Bound; measured: boolean; broken: BrokenLimit | undefined } {
  const { statistic, allowed } = bound;
  const values = answers.flatMap((figures) => figures[FIGURE[limit]] ?? []);
  const least = limit === 'min_tokens_per_second';
  const found = statisticOf(values, statistic, least);
  if (found === undefined) return { bound, measured: false, broken: undefined };
  const kept = least ? found >= allowed : found <= allowed;
  const broken = kept ? undefined : { limit, probe, statistic, allowed, measured: found };
  return { bound, measured: true, broken };
}

const SHARE: Readonly<Record<Exclude<Statistic, 'median'>, number>> = { p95: 0.95, p99: 0.99 };

/**
 * The median, or the value that 95 % or 99 % of the values are not worse than (nearest rank).
 * Undefined without a value.
 * @param least whether a higher value is better
 */
function statisticOf(
  values: readonly number[],
  statistic: Statistic,
  least: boolean,
): number | undefined {
  const sorted = values.toSorted((a, b) => (least ? b - a : a - b));
  if (statistic !== 'median') return sorted[Math.ceil(SHARE[statistic] * sorted.length) - 1];
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

interface LimitWords {
  /** Begins the sentence about a measured figure. */
  measured_as: string;
  unit: string;
  bound: string;
}

const WORDS: Readonly<Record<LimitName, LimitWords>> = {
  max_ttft: { measured_as: 'the first token came after', unit: 'ms', bound: 'at most' },
  max_latency: { measured_as: 'the answer took', unit: 'ms', bound: 'at most' },
  min_tokens_per_second: { measured_as: 'it wrote', unit: 'tokens/s', bound: 'at least' },
};

/** A broken limit in words: `chat: the answer took 1240 ms (p95; limit: at most 1000 ms)`. */
export function describeBroken({
  limit,
  probe,
  statistic,
  allowed,
  measured,
}: BrokenLimit): string {
  const { measured_as, unit, bound } = WORDS[limit];
  const how = statistic === 'median' ? '' : `${statistic}; `;
  return `${probe}: ${measured_as} ${measured} ${unit} (${how}limit: ${bound} ${allowed} ${unit})`;
}
