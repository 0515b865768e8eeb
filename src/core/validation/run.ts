import type { ApiRequest } from '../api/request.ts';
import type { Chat } from '../chat/answer.ts';
import { AuthError, NetworkError, QuotaError, type QwenDemoError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import type { Clock, Random } from '../ports.ts';
import { createCancellation, type Cancellation } from './cancellation.ts';
import { addTokens, NO_TOKENS } from './figures.ts';
import type { PlannedModel, ValidationPlan } from './plan.ts';
import { createRateLimiter } from './rate-limiter.ts';
import {
  hasFailed,
  type ModelReport,
  type ProbeName,
  type ProbeReport,
  type RunScope,
  type RunError,
  type ValidationReport,
} from './report.ts';
import { createTokenBudget } from './token-budget.ts';
import { unaskedModel, validateModel } from './validate-model.ts';

/** When the first 3 models all fail to reach the endpoint, the run ends with that error. */
const FIRST_MODELS = 3;

/** What a progress display shows. */
export type ValidationEvent =
  | { type: 'started'; model: string }
  | { type: 'probed'; model: string; result: ProbeReport }
  | { type: 'finished'; result: ModelReport; finished: number; total: number }
  /** A rate limit pauses the whole run for `ms` milliseconds. */
  | { type: 'waiting'; ms: number };

/** What {@link validateModels} runs, and with what. */
export interface ValidationOptions extends RunScope {
  /** Creates the chat client of one request, whose transport `wrap` has wrapped. */
  connect: (wrap: (send: Send) => Send) => Chat;
  /** Creates what sends one request that is no question. */
  requests: (wrap: (send: Send) => Send) => ApiRequest;
  clock: Clock;
  random: Random;
  /** The API base URL, for the report. */
  endpoint: string;
  candidates: readonly PlannedModel[];
  /** The probes of the run, in the order of the report. */
  probes: readonly ProbeName[];
  /** Every question is drawn from it. */
  seed: string;
  /** Models that are tested at the same time. */
  concurrency: number;
  /** How often a request is repeated after a transient failure. */
  max_retries: number;
  /** How many times each probe runs. */
  repeat: number;
  /** The share of these times that has to pass. */
  min_pass_rate: number;
  /** For the whole run, in milliseconds. */
  deadline?: number | undefined;
  /** No request is sent that would bring the run above this many tokens. */
  max_tokens_spent?: number | undefined;
  /** End with the first required model that fails. */
  fail_fast: boolean;
  /** When aborted, the run ends at once with the results so far. */
  signal: AbortSignal;
  onEvent?: ((event: ValidationEvent) => void) | undefined;
}

/**
 * Tests every model and reports the results. A model that fails is a result, not an error.
 * @throws AuthError, NetworkError when the first models all fail to reach the endpoint, because the
 *   others would too; any error that is not a QwenDemoError, because it is a bug
 */
export async function validateModels(options: ValidationOptions): Promise<ValidationReport> {
  const { clock, random, candidates, probes, repeat, seed, onEvent } = options;
  const { default: pLimit } = await import('p-limit');
  const started_at = clock.now();
  const start = clock.monotonic();
  const cancellation = createCancellation(clock, options.signal, options.deadline);
  const onWait = (ms: number) => onEvent?.({ type: 'waiting', ms });
  const limiter = createRateLimiter({ clock, random, signal: cancellation.signal, onWait });
  const models_at_once = pLimit(options.concurrency);
  const run = {
    connect: options.connect,
    requests: options.requests,
    clock,
    random,
    limiter,
    spareWorker: spareWorkers(options.concurrency, models_at_once),
    budget: createTokenBudget(options.max_tokens_spent),
    max_retries: options.max_retries,
  };
  const reportResult = createResultReporter(options, cancellation);
  let complete = true;
  /** Of the first probe of each model that was asked; undefined if it got an answer. */
  const errors: (QwenDemoError | undefined)[] = [];

  const models = await models_at_once.map(candidates, async (candidate) => {
    const { model } = candidate;
    try {
      if (!cancellation.signal.aborted) onEvent?.({ type: 'started', model });
      const onProbe = (result: ProbeReport) => onEvent?.({ type: 'probed', model, result });
      const { min_pass_rate } = options;
      const asking = { run, cancellation, probes, repeat, min_pass_rate, seed, onProbe };
      const asked = await validateModel(candidate, asking);
      complete &&= asked.complete;
      if (asked.report.probes.some(({ attempts }) => attempts > 0)) errors.push(asked.error);
      reportResult(asked.report, asked.error);
      return asked.report;
    } catch (error) {
      cancellation.fail(error);
      throw error;
    }
  });
  return {
    endpoint: options.endpoint,
    started_at,
    duration_ms: Math.round(clock.monotonic() - start),
    interrupted: !complete && cancellation.cause === 'signal',
    stopped_by: complete ? undefined : cancellation.cause,
    error: errors.every((error) => error instanceof QuotaError) ? runError(errors[0]) : undefined,
    seed,
    live: options.live,
    shard: options.shard,
    probes: [...probes],
    models,
    tokens: models.map(({ tokens }) => tokens).reduce(addTokens, NO_TOKENS),
    rate_limited_ms: Math.round(limiter.closed_ms()),
  };
}

/** While models wait, every worker that becomes free is for one of them. */
function spareWorkers(
  count: number,
  models: { activeCount: number; pendingCount: number },
): () => (() => void) | undefined {
  let lent = 0;
  return () => {
    if (models.pendingCount > 0 || models.activeCount + lent >= count) return undefined;
    lent += 1;
    return () => {
      lent -= 1;
    };
  };
}

function runError(error: QwenDemoError | undefined): RunError | undefined {
  if (error === undefined) return undefined;
  const { kind, code, message, hint } = error;
  return { kind, code, message, hint };
}

/** The report of a run that could ask nothing: every model is skipped, and the reason is the error. */
export function unaskedReport(
  { candidates, probes }: ValidationPlan,
  error: QwenDemoError,
  about: Pick<ValidationReport, 'endpoint' | 'started_at' | 'seed' | keyof RunScope>,
): ValidationReport {
  return {
    ...about,
    duration_ms: 0,
    interrupted: false,
    stopped_by: 'error',
    error: runError(error),
    probes,
    models: candidates.map((candidate) => unaskedModel(candidate, probes, error.message)),
    tokens: NO_TOKENS,
    rate_limited_ms: 0,
  };
}

/**
 * Creates the function that reports each result as an event. While no model has reached the
 * endpoint, it holds results back: they become one error if the next models fail in the same way, or
 * events once a model gets an answer.
 */
function createResultReporter(
  { candidates, onEvent, fail_fast }: ValidationOptions,
  cancellation: Cancellation,
) {
  const total = candidates.length;
  let held: ModelReport[] | undefined = [];
  let finished = 0;
  const emit = (result: ModelReport) => {
    finished += 1;
    onEvent?.({ type: 'finished', result, finished, total });
    if (fail_fast && result.required && hasFailed(result)) cancellation.cancel('fail_fast');
  };

  return (result: ModelReport, error: QwenDemoError | undefined): void => {
    if (result.verdict === 'skipped') return;
    if (result.verdict === 'not_claimed' || result.verdict === 'not_asked') {
      emit(result);
      return;
    }
    if (held !== undefined && error !== undefined && concernsEveryModel(error)) {
      held.push(result);
      if (held.length >= Math.min(FIRST_MODELS, total)) throw error;
      return;
    }
    held?.forEach(emit);
    held = undefined;
    emit(result);
  };
}

const UNREACHABLE = new Set([
  'connection_refused',
  'connect_timeout',
  'dns',
  'dns_unavailable',
  'tls',
  'unreachable',
]);

/** Whether an error concerns the endpoint or the credentials, and so every model. */
export function concernsEveryModel(error: QwenDemoError): boolean {
  return (
    error instanceof AuthError || (error instanceof NetworkError && UNREACHABLE.has(error.code))
  );
}
