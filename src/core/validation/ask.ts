import type { Chat } from '../chat/answer.ts';
import { QwenDemoError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Candidate } from './candidates.ts';
import type { Probe } from './probes.ts';
import type { ModelReport, ProbeReport, Verdict } from './report.ts';
import { verdictOf } from './verdict.ts';

export interface AskOptions {
  chat: Chat;
  clock: Clock;
  probes: readonly Probe[];
  /** For one model with all its probes, in milliseconds. */
  timeout: number;
}

interface Asked<Report> {
  report: Report;
  /** What the request ended in, if not in an answer. */
  error: QwenDemoError | undefined;
}

/**
 * Puts the probes one after another until one gets no answer: the next would get none either.
 * @throws what is no QwenDemoError, because it is a bug
 */
export async function askModel(
  { model, required }: Candidate,
  options: AskOptions,
  stop: AbortSignal,
): Promise<Asked<ModelReport>> {
  const bound = options.clock.timeout(options.timeout);
  const probes: ProbeReport[] = [];
  for (const probe of options.probes) {
    const { report, error } = await runProbe(probe, model, options, stop, bound);
    probes.push(report);
    const answered = report.verdict === 'pass' || report.verdict === 'fail';
    if (!answered) return { report: modelReport(model, required, probes), error };
  }
  return { report: modelReport(model, required, probes), error: undefined };
}

function modelReport(model: string, required: boolean, probes: ProbeReport[]): ModelReport {
  const bad = probes.find(({ verdict }) => verdict !== 'pass');
  return {
    model,
    required,
    verdict: bad?.verdict ?? 'pass',
    reason: bad?.reason,
    latency_ms: probes.reduce((sum, { latency_ms }) => sum + latency_ms, 0),
    first_token_ms: probes[0]?.first_token_ms,
    probes,
  };
}

/** `stop` is the end of the whole run, `bound` the end of the time that this model has. */
async function runProbe(
  probe: Probe,
  model: string,
  { chat, clock, timeout }: AskOptions,
  stop: AbortSignal,
  bound: AbortSignal,
): Promise<Asked<ProbeReport>> {
  const start = clock.monotonic();
  let first_token: number | undefined;
  const conclude = (verdict: Verdict, reason?: string, error?: QwenDemoError) => ({
    report: {
      probe: probe.name,
      verdict,
      reason,
      latency_ms: Math.round(clock.monotonic() - start),
      first_token_ms: first_token === undefined ? undefined : Math.round(first_token),
    },
    error,
  });

  if (stop.aborted) return conclude('skipped', 'Not asked');
  const signal = AbortSignal.any([stop, bound]);
  try {
    const { verdict, reason } = await probe.run(model, async (request) => {
      const answer = await chat(request, { signal });
      first_token ??= answer.timings.first_token;
      return answer;
    });
    return conclude(verdict, reason);
  } catch (error) {
    if (stop.aborted) return conclude('skipped', 'Interrupted');
    if (bound.aborted) return conclude('timeout', `No complete answer within ${timeout / 1000} s`);
    if (!(error instanceof QwenDemoError)) throw error;
    return conclude(verdictOf(error), error.message, error);
  }
}
