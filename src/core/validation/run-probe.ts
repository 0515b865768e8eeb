import type { QwenDemoError } from '../errors.ts';
import type { Deadline, Cancellation } from './cancellation.ts';
import { judgeExchange } from './checks/exchange.ts';
import { checkFresh } from './checks/fresh.ts';
import { createModeComparison } from './checks/modes.ts';
import { createChecks, mergeChecks, worstOf } from './checks.ts';
import { createDraw } from './draw.ts';
import { addTokens, medianFigures, NO_TOKENS, spreadOf } from './figures.ts';
import type { ModelClient } from './model-client.ts';
import { explain } from './no-answer.ts';
import type { Measured, RunContext } from './probe-request.ts';
import type { Exchange, Mode, Probe, ProbeContext, ProbeTarget, Question } from './probes/probe.ts';
import { isRefused } from './refused-field.ts';
import type { CheckReport, Figures, ProbeReport, Repeats, TokensSpent, Verdict } from './report.ts';

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
  /** The share of these times that has to pass. */
  min_pass_rate: number;
}

/** The report of a probe, and the error of its last request if there was no answer. */
export interface ProbeRun {
  report: ProbeReport;
  /** The figures of every answer of the attempts that count. */
  answers: Figures[];
  error: QwenDemoError | undefined;
}

/** The result of running a probe once. */
interface Attempt {
  verdict: Verdict;
  reason: string | undefined;
  checks: CheckReport[];
  figures: Figures;
  /** The figures of every answer; `figures` are those of the first. */
  answers: Figures[];
  tokens: TokensSpent;
  failures: number;
  error: QwenDemoError | undefined;
}

/** After these verdicts of an attempt the probe is repeated for `--repeat`. */
const ANSWERED: ReadonlySet<Verdict> = new Set(['pass', 'warn', 'fail']);
const PASSED: ReadonlySet<Verdict> = new Set(['pass', 'warn']);

/** One of the `repeat` times that a probe runs. */
interface Round {
  /** All attempts, also those that a retry follows. The last one counts. */
  attempts: Attempt[];
  last: Attempt;
  /** Passed, but not at the first attempt. */
  flaky: boolean;
}

/**
 * Runs one probe `repeat` times, and each time again up to `retries` times until it passes. The times
 * run side by side as far as the run has workers to spare.
 * @throws any error that is not a QwenDemoError, because it is a bug
 */
export async function runProbe(probe: Probe, options: ProbeRunOptions): Promise<ProbeRun> {
  const { repeat, run } = options;
  const rounds = new Map<number, Round>();
  let next = 0;
  let ended = false;
  const work = async (): Promise<void> => {
    const called: Promise<void>[] = [];
    while (next < repeat && !ended) {
      const number = next;
      next += 1;
      // Each worker calls another one while there is one to spare, and something to do.
      const release = next < repeat ? run.spareWorker() : undefined;
      if (release) called.push(work().finally(release));
      const round = await runRound(probe, options, number);
      rounds.set(number, round);
      ended ||= !mayContinue(round.last, options);
    }
    await Promise.all(called);
  };
  await work();
  const inOrder = [...rounds].toSorted(([a], [b]) => a - b).map(([, round]) => round);
  return probeRun(probe, inOrder, options);
}

/** @param number of rounds before: each draws other questions, in whatever order they run */
async function runRound(probe: Probe, options: ProbeRunOptions, number: number): Promise<Round> {
  const { retries } = options;
  const first = number * (retries + 1);
  let last = await attemptProbe(probe, options, first);
  const attempts = [last];
  while (attempts.length <= retries && mayPassYet(last)) {
    last = await attemptProbe(probe, options, first + attempts.length);
    attempts.push(last);
  }
  const flaky = PASSED.has(last.verdict) && (attempts.length > 1 || last.failures > 0);
  return { attempts, last, flaky };
}

/** A model that is not there, or whose time is up, gives no other answer the next time. */
function mayContinue(
  { verdict, error }: Attempt,
  { min_pass_rate, deadline, cancellation }: ProbeRunOptions,
): boolean {
  if (ANSWERED.has(verdict)) return true;
  if (min_pass_rate === 1 || deadline.signal.aborted || cancellation.signal.aborted) return false;
  return (verdict === 'error' || verdict === 'timeout') && error !== undefined && !isRefused(error);
}

/** A wrong answer may be right next time; a refused request is refused again. */
function mayPassYet({ verdict, error }: Attempt): boolean {
  if (verdict === 'fail') return error === undefined;
  return (verdict === 'error' || verdict === 'timeout') && error !== undefined && !isRefused(error);
}

function probeRun(
  { name }: Probe,
  rounds: readonly Round[],
  { repeat, demanded, min_pass_rate }: ProbeRunOptions,
): ProbeRun {
  const all = rounds.map(({ last }) => last);
  const passed = all.filter(({ verdict }) => PASSED.has(verdict));
  const failed = all.find(({ verdict }) => !PASSED.has(verdict));
  const worst = failed ?? all.find(({ verdict }) => verdict !== 'pass');
  const enough = passed.length / repeat >= min_pass_rate;
  const deciding = failed && enough ? passed.find(({ verdict }) => verdict === 'warn') : worst;
  const counted = passed.length > 0 ? passed : all;
  const measured = counted.map(({ figures }) => figures);
  const attempts = rounds.flatMap((round) => round.attempts);
  const flaky = enough && (failed !== undefined || rounds.some((round) => round.flaky));
  const earlier = flaky ? attempts.find(({ verdict }) => !PASSED.has(verdict)) : undefined;
  return {
    report: {
      probe: name,
      verdict: deciding?.verdict ?? 'pass',
      demanded,
      reason: reasonOf(worst, passed.length, repeat) ?? earlier?.reason,
      checks: mergeChecks(all.flatMap(({ checks }) => checks)),
      flaky,
      attempts: attempts.reduce((sum, { failures }) => sum + 1 + failures, 0),
      ...medianFigures(measured),
      repeats: repeat > 1 ? repeatsOf(measured, passed.length, repeat) : undefined,
      tokens: attempts.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    },
    answers: counted.flatMap(({ answers }) => answers),
    error: deciding?.error,
  };
}

function reasonOf(worst: Attempt | undefined, passed: number, repeat: number): string | undefined {
  const reason = worst?.reason;
  return reason !== undefined && repeat > 1 ? `Passed ${passed} of ${repeat}: ${reason}` : reason;
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
function attemptProbe(probe: Probe, options: ProbeRunOptions, number: number): Promise<Attempt> {
  return options.deadline.during(() => attemptOnce(probe, options, number));
}

async function attemptOnce(
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
    answers: answered.map(({ figures }) => figures),
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
    const provoke: ProbeContext['provoke'] = (provocation) => client.provoke(provocation, asking);
    await probe.run({ ...checks, target, full, modes, draw, send, post, provoke });
    return attemptResult(worstOf(checks.reports()));
  } catch (error) {
    const [result, known] = explain(error, probe.name, options);
    return attemptResult(result, known);
  }
}
