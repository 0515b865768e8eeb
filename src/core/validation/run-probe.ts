import { ApiError, AuthError, NetworkError, QuotaError, QwenDemoError } from '../errors.ts';
import type { Deadline, Cancellation } from './cancellation.ts';
import { judgeExchange } from './checks/exchange.ts';
import { checkFresh } from './checks/fresh.ts';
import { createModeComparison } from './checks/modes.ts';
import { createChecks, mergeChecks, worstOf } from './checks.ts';
import { createDraw } from './draw.ts';
import { addTokens, medianFigures, NO_TOKENS, spreadOf } from './figures.ts';
import type { ModelClient } from './model-client.ts';
import type { Measured, RunContext } from './probe-request.ts';
import type { Exchange, Mode, Probe, ProbeContext, ProbeTarget, Question } from './probes/probe.ts';
import { isRefused } from './refused-field.ts';
import type { CheckReport, Figures, ProbeReport, Repeats, TokensSpent, Verdict } from './report.ts';
import { OutOfTokens } from './token-budget.ts';

/** What one probe of one model is run with. */
export interface ProbeRunOptions {
  run: RunContext;
  client: ModelClient;
  target: ProbeTarget;
  /** See `ProbeContext`. */
  full: boolean;
  modes: readonly Mode[];
  /** Whether the model has to pass it. */
  demanded: boolean;
  /** The seed of the run. */
  seed: string;
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
  checks: CheckReport[];
  figures: Figures;
  tokens: TokensSpent;
  failures: number;
  error: QwenDemoError | undefined;
}

/** After these verdicts of an attempt the probe is repeated for `--repeat`. */
const ANSWERED: ReadonlySet<Verdict> = new Set(['pass', 'warn', 'fail']);
const PASSED: ReadonlySet<Verdict> = new Set(['pass', 'warn']);

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
  const attemptNext = async () => {
    const attempt = await attemptProbe(probe, options, attempts.length);
    attempts.push(attempt);
    return attempt;
  };
  while (lastAttempts.length < repeat) {
    let attempt = await attemptNext();
    for (let again = 0; again < retries && mayPassYet(attempt); again += 1) {
      attempt = await attemptNext();
      flaky ||= PASSED.has(attempt.verdict);
    }
    flaky ||= PASSED.has(attempt.verdict) && attempt.failures > 0;
    lastAttempts.push(attempt);
    if (!ANSWERED.has(attempt.verdict)) break;
  }
  return probeRun(probe, attempts, lastAttempts, flaky, options);
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
  { repeat, demanded }: ProbeRunOptions,
): ProbeRun {
  const deciding =
    lastAttempts.find(({ verdict }) => !PASSED.has(verdict)) ??
    lastAttempts.find(({ verdict }) => verdict !== 'pass');
  const passed = lastAttempts.filter(({ verdict }) => PASSED.has(verdict));
  const measured = (passed.length > 0 ? passed : lastAttempts).map(({ figures }) => figures);
  const earlier = flaky ? attempts.find(({ verdict }) => !PASSED.has(verdict)) : undefined;
  const reason =
    deciding?.reason !== undefined && repeat > 1
      ? `Passed ${passed.length} of ${repeat}: ${deciding.reason}`
      : (deciding?.reason ?? earlier?.reason);
  return {
    report: {
      probe: name,
      verdict: deciding?.verdict ?? 'pass',
      demanded,
      reason,
      checks: mergeChecks(lastAttempts.flatMap(({ checks }) => checks)),
      flaky: flaky && passed.length === lastAttempts.length,
      attempts: attempts.reduce((sum, { failures }) => sum + 1 + failures, 0),
      ...medianFigures(measured),
      repeats: repeat > 1 ? repeatsOf(measured, passed.length, repeat) : undefined,
      tokens: attempts.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    },
    error: deciding?.error,
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

/** @param number of attempts of this probe before: each draws other questions */
async function attemptProbe(
  probe: Probe,
  options: ProbeRunOptions,
  number: number,
): Promise<Attempt> {
  const { run, client, target, full, modes, seed } = options;
  const checks = createChecks();
  const compareModes = createModeComparison(checks);
  const draw = createDraw(`${seed} ${target.model} ${probe.name} ${number}`);
  const start = run.clock.monotonic();
  const answered: Measured[] = [];
  const attemptResult = (
    { verdict, reason }: { verdict: Verdict; reason?: string | undefined },
    error?: QwenDemoError,
  ): Attempt => ({
    verdict,
    reason,
    checks: checks.reports(),
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
    const { deadline } = options;
    const asking = { probe: probe.name, cancellation: options.cancellation.signal, deadline };
    const send = async (question: Question, mode: Mode): Promise<Exchange> => {
      const result = await client.ask(question, mode, asking, checks);
      answered.push(result);
      checkFresh(checks, probe.name, question, result.answer);
      const exchange = { mode, answer: result.answer, wire: result.wire };
      judgeExchange(exchange, checks);
      compareModes(question, exchange);
      return exchange;
    };
    const post: ProbeContext['post'] = async (path, body) => {
      const result = await client.post(path, body, asking, checks);
      answered.push(result);
      return result.document;
    };
    await probe.run({ ...checks, target, full, modes, draw, send, post });
    return attemptResult(worstOf(checks.reports()));
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
  const unable = verdict === 'error' && probe.name !== 'chat' && isRefused(error);
  return [{ verdict: unable ? 'unsupported' : verdict, reason: error.message }, error];
}

function interrupted({ cause }: Cancellation): { verdict: Verdict; reason: string } {
  if (cause === 'deadline') {
    return { verdict: 'timeout', reason: 'No complete answer before the deadline of the run' };
  }
  return { verdict: 'skipped', reason: 'Interrupted' };
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
