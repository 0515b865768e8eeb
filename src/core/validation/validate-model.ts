import type { QwenDemoError } from '../errors.ts';
import { createDeadline, type Cancellation } from './cancellation.ts';
import { addTokens, NO_TOKENS } from './figures.ts';
import { describeBroken, judgeLimits, type MeasuredProbe } from './limits.ts';
import type { PlannedModel } from './plan.ts';
import type { RunContext } from './probe-request.ts';
import { createModelClient } from './model-client.ts';
import { PROBES } from './probes/all.ts';
import type { Mode, ProbeTarget } from './probes/probe.ts';
import {
  type Figures,
  hasFailed,
  type ModelReport,
  type ProbeName,
  type ProbeReport,
  type Served,
  type Verdict,
} from './report.ts';
import { type ProbeRun, runProbe } from './run-probe.ts';

/** What all probes of one model are run with. */
export interface ModelRunOptions {
  run: RunContext;
  cancellation: Cancellation;
  /** All probes of the run, also those that this model does not claim. */
  probes: readonly ProbeName[];
  repeat: number;
  min_pass_rate: number;
  /** Every question is drawn from it. */
  seed: string;
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

const BOTH_MODES: readonly Mode[] = ['streamed', 'whole'];
const STREAMED_ONLY: readonly Mode[] = ['streamed'];

/** Of a probe that the model passed in the baseline. */
const VANISHED = 'It passed in the baseline, but the model does not claim it any more';

/** Of a probe that only a full run asks. */
const LEFT_OUT = 'Not part of the short run';

/**
 * Runs the probes that a model claims, one after another, until the verdict of one shows that the
 * next would get no answer either.
 * @throws any error that is not a QwenDemoError, because it is a bug
 */
export async function validateModel(
  candidate: PlannedModel,
  options: ModelRunOptions,
): Promise<ModelRun> {
  const { run, cancellation, repeat, min_pass_rate, seed, onProbe } = options;
  const { limits, claims } = candidate;
  const start = run.clock.monotonic();
  const deadline = createDeadline(run.clock, limits.timeout * repeat);
  const client = createModelClient(candidate, run);
  const target = targetOf(candidate);
  const modes = modesOf(candidate);
  const probes: ProbeReport[] = [];
  const measured: MeasuredProbe[] = [];
  let first: ProbeRun | undefined;
  let ended = false;
  let complete = true;
  for (const probe of options.probes) {
    if (candidate.missing.includes(probe)) {
      probes.push(notAsked(probe, 'not_asked', VANISHED));
    } else if (!claims.includes(probe)) {
      const left_out = candidate.left_out.includes(probe);
      probes.push(notAsked(probe, 'not_claimed', left_out ? LEFT_OUT : 'Not claimed'));
    } else if (ended || cancellation.signal.aborted) {
      complete &&= ended;
      probes.push(notAsked(probe, 'skipped', ended ? 'Not asked' : whyNotAsked(cancellation)));
    } else {
      const { retries } = limits;
      const probed = await runProbe(PROBES[probe], {
        run,
        client,
        target,
        full: candidate.full.includes(probe),
        modes,
        demanded: candidate.demanded.includes(probe),
        seed,
        cancellation,
        deadline,
        retries,
        repeat,
        min_pass_rate,
      });
      const { verdict } = probed.report;
      complete &&= verdict !== 'skipped' && !(verdict === 'timeout' && cancellation.signal.aborted);
      ended = ENDING.has(verdict) || (first === undefined && verdict === 'error');
      first ??= probed;
      probes.push(probed.report);
      measured.push({ probe, answers: probed.answers });
      onProbe?.(probed.report);
    }
  }
  deadline.clear();
  const duration_ms = Math.round(run.clock.monotonic() - start);
  return {
    report: modelReport(candidate, { probes, measured, served: client.served(), duration_ms }),
    error: first?.error,
    complete,
  };
}

/** What the probes of a model are about. */
export function targetOf({ model, long_tokens, window, dialect, own }: PlannedModel): ProbeTarget {
  return { model, long_tokens, window, dialect, own };
}

/** How the probes of a model ask. */
export function modesOf({ dialect }: Pick<PlannedModel, 'dialect'>): readonly Mode[] {
  return dialect.stream_only === true ? STREAMED_ONLY : BOTH_MODES;
}

/** The report of a model of a run that could ask nothing, for this reason. */
export function unaskedModel(
  candidate: PlannedModel,
  probes: readonly ProbeName[],
  reason: string,
): ModelReport {
  const reports = probes.map((probe) =>
    candidate.claims.includes(probe)
      ? notAsked(probe, 'skipped', reason)
      : notAsked(probe, 'not_claimed', 'Not claimed'),
  );
  return modelReport(candidate, { probes: reports, measured: [], served: [], duration_ms: 0 });
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
    case 'error':
    case undefined:
      return 'Not asked';
  }
}

/** The report of a probe that sent no request. */
export function notAsked(probe: ProbeName, verdict: Verdict, reason: string): ProbeReport {
  return {
    probe,
    verdict,
    demanded: false,
    reason,
    checks: [],
    flaky: false,
    attempts: 0,
    ...NOT_MEASURED,
    repeats: undefined,
    tokens: NO_TOKENS,
  };
}

/** The figures of what sent no request. */
export const NOT_MEASURED: Figures = {
  latency_ms: 0,
  first_token_ms: undefined,
  tokens_per_second: undefined,
};

interface ModelResults {
  probes: ProbeReport[];
  measured: readonly MeasuredProbe[];
  served: readonly Served[];
  duration_ms: number;
}

function modelReport(
  { model, required, limits }: PlannedModel,
  { probes, measured, served, duration_ms }: ModelResults,
): ModelReport {
  const asked = probes.filter(({ attempts }) => attempts > 0);
  const figures = modelFigures(asked);
  const { verdict, reason } = decidingResult(probes, required);
  const answered = verdict === 'pass' || verdict === 'warn' || verdict === 'fail';
  const found = judgeLimits(answered ? measured : [], limits);
  const [broken] = found.broken;
  return {
    model,
    required,
    verdict: broken === undefined ? verdict : 'fail',
    reason: reason ?? (broken && describeBroken(broken)),
    flaky: probes.some(({ flaky }) => flaky),
    ...figures,
    duration_ms,
    tokens: probes.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    broken_limits: found.broken,
    unmeasured_limits: found.unmeasured,
    served: [...served],
    probes,
  };
}

/** The rate comes from the probe with the longest answer, where it is measured best. */
function modelFigures(asked: readonly ProbeReport[]): Figures {
  const { latency_ms, first_token_ms } = asked[0] ?? NOT_MEASURED;
  const rates = asked.toSorted((a, b) => rateWeight(b) - rateWeight(a));
  return { latency_ms, first_token_ms, tokens_per_second: rates[0]?.tokens_per_second };
}

function rateWeight({ tokens_per_second, tokens }: ProbeReport): number {
  return tokens_per_second === undefined ? 0 : tokens.completion_tokens;
}

/** The first probe that failed decides; a skipped one only if none failed; then a warning. */
function decidingResult(
  probes: readonly ProbeReport[],
  required: boolean,
): Pick<ProbeReport, 'verdict' | 'reason'> {
  const claimed = probes.filter(({ verdict }) => verdict !== 'not_claimed');
  if (claimed.length === 0) {
    const names = probes.map(({ probe }) => probe).join(', ');
    const verdict = required ? 'not_asked' : 'not_claimed';
    return { verdict, reason: `Claims none of what was to be tested: ${names}` };
  }
  const deciding =
    claimed.find(hasFailed) ??
    claimed.find(({ verdict }) => verdict === 'skipped') ??
    claimed.find(({ verdict }) => verdict === 'warn');
  return { verdict: deciding?.verdict ?? 'pass', reason: deciding?.reason };
}
