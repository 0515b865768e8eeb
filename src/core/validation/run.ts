import type { QwenDemoError } from '../errors.ts';
import { askModel, type AskOptions } from './ask.ts';
import type { Candidate } from './candidates.ts';
import { summarize, type ModelReport, type ValidationReport } from './report.ts';
import { concernsEveryModel } from './verdict.ts';

export const DEFAULT_CONCURRENCY = 4;
/** For one model, in milliseconds. */
export const DEFAULT_TIMEOUT = 60_000;

/** So many models that meet the same obstacle at the very beginning say that it is not theirs. */
const OPENING = 3;

export type ValidationEvent =
  | { type: 'started'; model: string }
  | { type: 'finished'; result: ModelReport; finished: number; total: number };

export interface ValidationOptions extends AskOptions {
  /** Where `chat` leads, for the report. */
  endpoint: string;
  candidates: readonly Candidate[];
  /** Models that are asked at the same time. */
  concurrency: number;
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
  const { clock, candidates, concurrency, onEvent, endpoint } = options;
  const { default: pLimit } = await import('p-limit');
  const started_at = clock.now();
  const start = clock.monotonic();
  const broken = new AbortController();
  const stop = AbortSignal.any([options.signal, broken.signal]);
  const settle = opening(options);

  const models = await pLimit(concurrency).map(candidates, async (candidate) => {
    try {
      if (!stop.aborted) onEvent?.({ type: 'started', model: candidate.model });
      const { report, error } = await askModel(candidate, options, stop);
      if (!stop.aborted) settle(report, error);
      return report;
    } catch (error) {
      broken.abort(error);
      throw error;
    }
  });
  return {
    endpoint,
    started_at,
    duration_ms: Math.round(clock.monotonic() - start),
    interrupted: models.some(({ verdict }) => verdict === 'skipped'),
    models,
    summary: summarize(models),
  };
}

/**
 * Passes results on as events. While no model has got through to the endpoint they are held back:
 * thrown as one error if that goes on, or passed on with the first that does get through.
 */
function opening({ candidates, onEvent }: ValidationOptions) {
  const total = candidates.length;
  let held: ModelReport[] | undefined = [];
  let finished = 0;
  const emit = (result: ModelReport) => {
    finished += 1;
    onEvent?.({ type: 'finished', result, finished, total });
  };

  return (result: ModelReport, error: QwenDemoError | undefined): void => {
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
