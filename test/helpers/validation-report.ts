import {
  summarize,
  type ModelReport,
  type ValidationReport,
  type Verdict,
} from '../../src/core/validation/report.ts';

export function passed(model: string, required = true): ModelReport {
  return result(model, required, 'pass', undefined, 812, 301);
}

export function failed(
  model: string,
  verdict: Verdict,
  reason: string,
  required = true,
): ModelReport {
  return result(model, required, verdict, reason, 31, undefined);
}

function result(
  model: string,
  required: boolean,
  verdict: Verdict,
  reason: string | undefined,
  latency_ms: number,
  first_token_ms: number | undefined,
): ModelReport {
  const outcome = { verdict, reason, latency_ms, first_token_ms };
  return { model, required, ...outcome, probes: [{ probe: 'chat', ...outcome }] };
}

export function reportOf(models: ModelReport[]): ValidationReport {
  return {
    endpoint: 'http://127.0.0.1/v1',
    started_at: Date.UTC(2027, 0, 15, 8),
    duration_ms: 1500,
    interrupted: false,
    models,
    summary: summarize(models),
  };
}
