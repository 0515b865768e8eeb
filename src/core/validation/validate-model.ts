import type { QwenDemoError } from '../errors.ts';
import { createDeadline, type Cancellation } from './cancellation.ts';
import { addTokens, NO_TOKENS } from './figures.ts';
import type { PlannedModel, Limits } from './plan.ts';
import type { RunContext } from './probe-request.ts';
import { PROBES } from './probes/all.ts';
import type {
  BrokenLimit,
  Figures,
  LimitName,
  ModelReport,
  ProbeName,
  ProbeReport,
  Verdict,
} from './report.ts';
import { type ProbeRun, runProbe } from './run-probe.ts';

/** What all probes of one model are run with. */
export interface ModelRunOptions {
  run: RunContext;
  cancellation: Cancellation;
  /** All probes of the run, also those that this model does not claim. */
  probes: readonly ProbeName[];
  repeat: number;
  onProbe?: ((report: ProbeReport) => void) | undefined;
}

/** The report of a model, and how its test ended. */
export interface ModelRun {
  report: ModelReport;
  /** The error of the first probe, if it got no answer. */
  error: QwenDemoError | undefined;
  /** False when the run ended before all probes ran. */
  complete: boolean;
}

/** After these verdicts the next probe would get no answer either. */
const ENDING: ReadonlySet<Verdict> = new Set(['unavailable', 'denied', 'quota', 'timeout']);

/**
 * Runs the probes that a model claims, one after another, until the verdict of one shows that the
 * next would get no answer either.
 * @throws any error that is not a QwenDemoError, because it is a bug
 */
export async function validateModel(
  candidate: PlannedModel,
  options: ModelRunOptions,
): Promise<ModelRun> {
  const { run, cancellation, repeat, onProbe } = options;
  const { model, limits, claims, long_tokens } = candidate;
  const start = run.clock.monotonic();
  const deadline = createDeadline(run.clock, limits.timeout * repeat);
  const target = { model, long_tokens, random: run.random };
  const probes: ProbeReport[] = [];
  let first: ProbeRun | undefined;
  let ended = false;
  let complete = true;
  for (const probe of options.probes) {
    if (!claims.includes(probe)) {
      probes.push(notAsked(probe, 'not_claimed', 'Not claimed'));
    } else if (ended || cancellation.signal.aborted) {
      complete &&= ended;
      probes.push(notAsked(probe, 'skipped', ended ? 'Not asked' : whyNotAsked(cancellation)));
    } else {
      const { retries } = limits;
      const probing = { run, target, cancellation, deadline, retries, repeat };
      const probed = await runProbe(PROBES[probe], probing);
      const { verdict } = probed.report;
      complete &&= verdict !== 'skipped' && !(verdict === 'timeout' && cancellation.signal.aborted);
      ended = ENDING.has(verdict) || (first === undefined && verdict === 'error');
      first ??= probed;
      probes.push(probed.report);
      onProbe?.(probed.report);
    }
  }
  deadline.clear();
  const duration_ms = Math.round(run.clock.monotonic() - start);
  return { report: modelReport(candidate, probes, duration_ms), error: first?.error, complete };
}

function whyNotAsked({ cause }: Cancellation): string {
  switch (cause) {
    case 'deadline':
      return 'Not asked: the deadline of the run had passed';
    case 'tokens':
      return 'Not asked: no tokens are left to spend';
    case 'fail_fast':
      return 'Not asked: a required model had failed';
    case 'signal':
    case undefined:
      return 'Not asked';
  }
}

function notAsked(probe: ProbeName, verdict: Verdict, reason: string): ProbeReport {
  return {
    probe,
    verdict,
    reason,
    flaky: false,
    attempts: 0,
    ...NOTHING,
    repeats: undefined,
    tokens: NO_TOKENS,
  };
}

const NOTHING: Figures = {
  latency_ms: 0,
  first_token_ms: undefined,
  tokens_per_second: undefined,
};

function modelReport(
  { model, required, limits }: PlannedModel,
  probes: ProbeReport[],
  duration_ms: number,
): ModelReport {
  const asked = probes.filter(({ attempts }) => attempts > 0);
  const figures = modelFigures(asked);
  const { verdict, reason } = decidingResult(probes);
  const answered = verdict === 'pass' || verdict === 'fail';
  const broken_limits = answered ? brokenLimits(figures, limits) : [];
  const [broken] = broken_limits;
  return {
    model,
    required,
    verdict: broken === undefined ? verdict : 'fail',
    reason: reason ?? (broken && describeBroken(broken)),
    flaky: probes.some(({ flaky }) => flaky),
    ...figures,
    duration_ms,
    tokens: probes.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    broken_limits,
    probes,
  };
}

/** The rate comes from the probe with the longest answer, where it is measured best. */
function modelFigures(asked: readonly ProbeReport[]): Figures {
  const { latency_ms, first_token_ms } = asked[0] ?? NOTHING;
  const rates = asked.toSorted((a, b) => rateWeight(b) - rateWeight(a));
  return { latency_ms, first_token_ms, tokens_per_second: rates[0]?.tokens_per_second };
}

function rateWeight({ tokens_per_second, tokens }: ProbeReport): number {
  return tokens_per_second === undefined ? 0 : tokens.completion_tokens;
}

/** The first probe that failed decides; a skipped one only if no probe failed. */
function decidingResult(probes: readonly ProbeReport[]): Pick<ProbeReport, 'verdict' | 'reason'> {
  const claimed = probes.filter(({ verdict }) => verdict !== 'not_claimed');
  if (claimed.length === 0) {
    return { verdict: 'not_claimed', reason: 'Claims none of the requested abilities' };
  }
  const deciding =
    claimed.find(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped') ??
    claimed.find(({ verdict }) => verdict === 'skipped');
  return { verdict: deciding?.verdict ?? 'pass', reason: deciding?.reason };
}

/** The limits that a model exceeds. A figure that could not be measured exceeds every limit. */
function brokenLimits(figures: Figures, limits: Limits): BrokenLimit[] {
  const { max_ttft, max_latency, min_tokens_per_second } = limits;
  const judged: (BrokenLimit & { kept: boolean })[] = [];
  const judge = (
    limit: LimitName,
    allowed: number | undefined,
    measured: number | undefined,
    keeps: (measured: number, allowed: number) => boolean,
  ) => {
    if (allowed === undefined) return;
    judged.push({
      limit,
      allowed,
      measured,
      kept: measured !== undefined && keeps(measured, allowed),
    });
  };
  judge('max_ttft', max_ttft, figures.first_token_ms, atMost);
  judge('max_latency', max_latency, figures.latency_ms, atMost);
  judge('min_tokens_per_second', min_tokens_per_second, figures.tokens_per_second, atLeast);
  return judged
    .filter(({ kept }) => !kept)
    .map(({ limit, allowed, measured }) => ({ limit, allowed, measured }));
}

const atMost = (measured: number, allowed: number) => measured <= allowed;
const atLeast = (measured: number, allowed: number) => measured >= allowed;

interface LimitWords {
  /** The subject of a sentence about a figure that could not be measured. */
  figure: string;
  /** Begins the sentence about a measured figure. */
  measured_as: string;
  unit: string;
  bound: string;
}

const WORDS: Readonly<Record<LimitName, LimitWords>> = {
  max_ttft: {
    figure: 'The time to the first token',
    measured_as: 'The first token came after',
    unit: 'ms',
    bound: 'at most',
  },
  max_latency: {
    figure: 'The latency',
    measured_as: 'The answer took',
    unit: 'ms',
    bound: 'at most',
  },
  min_tokens_per_second: {
    figure: 'The speed',
    measured_as: 'It wrote',
    unit: 'tokens/s',
    bound: 'at least',
  },
};

/** A broken limit in words: `The answer took 1240 ms (limit: at most 1000 ms)`. */
function describeBroken({ limit, allowed, measured }: BrokenLimit): string {
  const { figure, measured_as, unit, bound } = WORDS[limit];
  const finding =
    measured === undefined
      ? `${figure} could not be measured`
      : `${measured_as} ${measured} ${unit}`;
  return `${finding} (limit: ${bound} ${allowed} ${unit})`;
}
