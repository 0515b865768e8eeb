import type { Chat } from '../chat/answer.ts';
import { AuthError, NetworkError, type QwenDemoError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { createCancellation, type Cancellation } from './cancellation.ts';
import { addTokens, NO_TOKENS } from './figures.ts';
import type { PlannedModel } from './plan.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import {
  hasFailed,
  type ModelReport,
  type ProbeName,
  type ProbeReport,
  type ValidationReport,
} from './report.ts';
import { createTokenBudget } from './token-budget.ts';
import { validateModel } from './validate-model.ts';

export const DEFAULT_CONCURRENCY = 4;

/** So many models that meet the same obstacle at the very beginning say that it is not theirs. */
const OPENING = 3;

export type ValidationEvent =
  | { type: 'started'; model: string }
  | { type: 'probed'; model: string; result: ProbeReport }
  | { type: 'finished'; result: ModelReport; finished: number; total: number }
  /** A rate limit holds up the whole run for so many milliseconds. */
  | { type: 'waiting'; ms: number };

export interface ValidationOptions {
  /** Makes the way to the models, whose transport is to be put through `Pace.listen`. */
  connect: (limiter: RateLimiter) => Chat;
  clock: Clock;
  random: Random;
  /** Where the way leads, for the report. */
  endpoint: string;
  candidates: readonly PlannedModel[];
  /** The columns of the matrix. */
  probes: readonly ProbeName[];
  /** Models that are asked at the same time. */
  concurrency: number;
  /** How often a question is put again after a failure that may pass by itself. */
  max_retries: number;
  /** How many times every probe is put. */
  repeat: number;
  /** For the whole run, in milliseconds. */
  deadline?: number | undefined;
  /** Nothing is asked any more that would make the run cost more than this. */
  max_tokens_spent?: number | undefined;
  /** End with the first required model that fails. */
  fail_fast: boolean;
  /** When it is aborted, the run ends at once with what is known. */
  signal: AbortSignal;
  onEvent?: ((event: ValidationEvent) => void) | undefined;
}

/**
 * Asks every candidate and reports what came of it. A model that fails is a result, not an error.
 * @throws AuthError, NetworkError when the first models all fail on the way to the endpoint: the
 *   others would meet the same; and what is no QwenDemoError, because it is a bug
 */
export async function validateModels(options: ValidationOptions): Promise<ValidationReport> {
  const { clock, random, candidates, probes, repeat, onEvent } = options;
  const { default: pLimit } = await import('p-limit');
  const started_at = clock.now();
  const start = clock.monotonic();
  const cancellation = createCancellation(clock, options.signal, options.deadline);
  const onWait = (ms: number) => onEvent?.({ type: 'waiting', ms });
  const limiter = createRateLimiter({ clock, random, signal: cancellation.signal, onWait });
  const run = {
    chat: options.connect(limiter),
    clock,
    random,
    limiter,
    budget: createTokenBudget(options.max_tokens_spent),
    max_retries: options.max_retries,
  };
  const settle = opening(options, cancellation);
  let complete = true;

  const models = await pLimit(options.concurrency).map(candidates, async (candidate) => {
    const { model } = candidate;
    try {
      if (!cancellation.signal.aborted) onEvent?.({ type: 'started', model });
      const onProbe = (result: ProbeReport) => onEvent?.({ type: 'probed', model, result });
      const asked = await validateModel(candidate, { run, cancellation, probes, repeat, onProbe });
      complete &&= asked.complete;
      settle(asked.report, asked.error);
      return asked.report;
    } catch (error) {
      cancellation.breakOff(error);
      throw error;
    }
  });
  return {
    endpoint: options.endpoint,
    started_at,
    duration_ms: Math.round(clock.monotonic() - start),
    interrupted: !complete && cancellation.cause === 'signal',
    stopped_by: complete ? undefined : cancellation.cause,
    probes: [...probes],
    models,
    tokens: models.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    rate_limited_ms: Math.round(limiter.closed_ms()),
  };
}

/**
 * Passes results on as events. While no model has got through to the endpoint they are held back:
 * thrown as one error if that goes on, or passed on with the first that does get through.
 */
function opening(
  { candidates, onEvent, fail_fast }: ValidationOptions,
  cancellation: Cancellation,
) {
  const total = candidates.length;
  let held: ModelReport[] | undefined = [];
  let finished = 0;
  const emit = (result: ModelReport) => {
    finished += 1;
    onEvent?.({ type: 'finished', result, finished, total });
    if (fail_fast && result.required && hasFailed(result)) cancellation.end('fail_fast');
  };

  return (result: ModelReport, error: QwenDemoError | undefined): void => {
    if (result.verdict === 'skipped') return;
    if (result.verdict === 'not_claimed') {
      emit(result);
      return;
    }
    if (held !== undefined && error !== undefined && concernsEveryModel(error)) {
      held.push(result);
      if (held.length >= Math.min(OPENING, total)) throw error;
      return;
    }
    held?.forEach(emit);
    held = undefined;
    emit(result);
  };
}

const NO_WAY = new Set(['connection_refused', 'connect_timeout', 'dns', 'tls', 'unreachable']);

/** Whether an error is about the way to the endpoint, and so about every model behind it. */
export function concernsEveryModel(error: QwenDemoError): boolean {
  return error instanceof AuthError || (error instanceof NetworkError && NO_WAY.has(error.code));
}
