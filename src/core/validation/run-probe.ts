import { ApiError, AuthError, NetworkError, QuotaError, QwenDemoError } from '../errors.ts';
import type { Deadline, Cancellation } from './cancellation.ts';
import { addTokens, medianFigures, NO_TOKENS, spreadOf } from './figures.ts';
import { type MeasuredAnswer, type RunContext, sendProbeRequest } from './probe-request.ts';
import type { CheckResult, Probe, ProbeTarget } from './probes/probe.ts';
import type { Figures, ProbeReport, Repeats, TokensSpent, Verdict } from './report.ts';
import { OutOfTokens } from './token-budget.ts';

/** What one probe of one model is run with. */
export interface ProbeRunOptions {
  run: RunContext;
  target: ProbeTarget;
  cancellation: Cancellation;
  deadline: Deadline;
  /** How often a probe that does not pass is repeated. */
  retries: number;
  /** How many times the probe runs in any case. */
  repeat: number;
}

/** The report of a probe, and the error of its last request if there was no answer. */
export interface ProbeRun {
  report: ProbeReport;
  error: QwenDemoError | undefined;
}

/** The result of running a probe once. */
interface Attempt {
  verdict: Verdict;
  reason: string | undefined;
  figures: Figures;
  tokens: TokensSpent;
  failures: number;
  error: QwenDemoError | undefined;
}

/**
 * Runs one probe `repeat` times, and each time again up to `retries` times until it passes.
 * @throws any error that is not a QwenDemoError, because it is a bug
 */
export async function runProbe(probe: Probe, options: ProbeRunOptions): Promise<ProbeRun> {
  const { retries, repeat } = options;
  // All attempts, also those that a retry follows.
  const attempts: Attempt[] = [];
  // The last one of each of the `repeat` times.
  const lastAttempts: Attempt[] = [];
  let flaky = false;
  while (lastAttempts.length < repeat) {
    let attempt = await attemptProbe(probe, options);
    attempts.push(attempt);
    for (let again = 0; again < retries && mayPassYet(attempt); again += 1) {
      attempt = await attemptProbe(probe, options);
      attempts.push(attempt);
      flaky ||= attempt.verdict === 'pass';
    }
    flaky ||= attempt.verdict === 'pass' && attempt.failures > 0;
    lastAttempts.push(attempt);
    if (attempt.verdict !== 'pass' && attempt.verdict !== 'fail') break;
  }
  return probeRun(probe, attempts, lastAttempts, flaky, repeat);
}

/** A wrong answer may be right next time; a refused request is refused again. */
function mayPassYet({ verdict, error }: Attempt): boolean {
  if (verdict === 'fail') return error === undefined;
  return (verdict === 'error' || verdict === 'timeout') && error !== undefined && !isRefused(error);
}

function probeRun(
  { name }: Probe,
  attempts: readonly Attempt[],
  lastAttempts: readonly Attempt[],
  flaky: boolean,
  repeat: number,
): ProbeRun {
  const firstFailure = lastAttempts.find(({ verdict }) => verdict !== 'pass');
  const passed = lastAttempts.filter(({ verdict }) => verdict === 'pass');
  const measured = (passed.length > 0 ? passed : lastAttempts).map(({ figures }) => figures);
  const reason =
    firstFailure?.reason !== undefined && repeat > 1
      ? `Passed ${passed.length} of ${repeat}: ${firstFailure.reason}`
      : firstFailure?.reason;
  return {
    report: {
      probe: name,
      verdict: firstFailure?.verdict ?? 'pass',
      reason,
      flaky: flaky && firstFailure === undefined,
      attempts: attempts.reduce((sum, { failures }) => sum + 1 + failures, 0),
      ...medianFigures(measured),
      repeats: repeat > 1 ? repeatsOf(measured, passed.length, repeat) : undefined,
      tokens: attempts.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    },
    error: firstFailure?.error,
  };
}

function repeatsOf(measured: readonly Figures[], passed: number, count: number): Repeats {
  return {
    count,
    passed,
    latency_ms: spreadOf(measured.map(({ latency_ms }) => latency_ms)),
    first_token_ms: spreadOf(measured.map(({ first_token_ms }) => first_token_ms)),
    tokens_per_second: spreadOf(measured.map(({ tokens_per_second }) => tokens_per_second)),
  };
}

async function attemptProbe(probe: Probe, options: ProbeRunOptions): Promise<Attempt> {
  const { run, target, deadline } = options;
  const start = run.clock.monotonic();
  const answered: MeasuredAnswer[] = [];
  const attemptResult = (
    { verdict, reason }: { verdict: Verdict; reason?: string | undefined },
    error?: QwenDemoError,
  ): Attempt => ({
    verdict,
    reason,
    figures: answered[0]?.figures ?? {
      latency_ms: verdict === 'skipped' ? 0 : Math.round(run.clock.monotonic() - start),
      first_token_ms: undefined,
      tokens_per_second: undefined,
    },
    tokens: answered.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    failures: answered.reduce((sum, { failures }) => sum + failures, 0),
    error,
  });

  try {
    const check: CheckResult = await probe.run(target, async (request, { onDelta } = {}) => {
      const cancellation = options.cancellation.signal;
      const result = await sendProbeRequest(request, run, {
        probe: probe.name,
        cancellation,
        deadline,
        onDelta,
      });
      answered.push(result);
      return result.answer;
    });
    return attemptResult(check);
  } catch (error) {
    const [result, known] = explain(error, probe, options);
    return attemptResult(result, known);
  }
}

function explain(
  error: unknown,
  probe: Probe,
  { cancellation, deadline }: ProbeRunOptions,
): [{ verdict: Verdict; reason: string }, QwenDemoError?] {
  if (error instanceof OutOfTokens) {
    cancellation.cancel('tokens');
    return [{ verdict: 'skipped', reason: 'Not asked: no tokens are left to spend' }];
  }
  if (cancellation.signal.aborted) return [interrupted(cancellation)];
  if (deadline.signal.aborted) {
    return [{ verdict: 'timeout', reason: `No complete answer within ${deadline.ms / 1000} s` }];
  }
  if (!(error instanceof QwenDemoError)) throw error;
  const verdict = verdictOf(error);
  const claimIsWrong = verdict === 'error' && probe.name !== 'chat' && isRefused(error);
  return [{ verdict: claimIsWrong ? 'fail' : verdict, reason: error.message }, error];
}

function interrupted({ cause }: Cancellation): { verdict: Verdict; reason: string } {
  if (cause === 'deadline') {
    return { verdict: 'timeout', reason: 'No complete answer before the deadline of the run' };
  }
  return { verdict: 'skipped', reason: 'Interrupted' };
}

/** The service does not support this kind of request. */
const REFUSED = new Set<number | undefined>([400, 413, 415, 422, 501]);

function isRefused(error: QwenDemoError): boolean {
  const { code, status } = error;
  return error instanceof ApiError && (REFUSED.has(status) || code === 'bad_request');
}

/** The verdict on a model whose request failed. */
export function verdictOf(error: QwenDemoError): Verdict {
  if (error instanceof QuotaError) return 'quota';
  if (error instanceof AuthError) return 'denied';
  if (error instanceof ApiError) return verdictOfRefusal(error);
  if (error instanceof NetworkError && error.code.endsWith('timeout')) return 'timeout';
  return 'error';
}

/** Checks the code first: an error inside an event stream has no HTTP status. */
function verdictOfRefusal({ code, status }: ApiError): Verdict {
  if (code === 'model_access_denied' || status === 403) return 'denied';
  if (code === 'model_not_found' || status === 404) return 'unavailable';
  return 'error';
}
