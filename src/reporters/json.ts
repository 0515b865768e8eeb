import type { ProbeReport, ValidationReport } from '../core/validation/report.ts';
import { stringify } from '../terminal/json.ts';

/** Grows when a field changes its meaning or goes away, not when one is added. */
const VERSION = 1;

/**
 * The report as one JSON document, safe to show anywhere. The time of day is ISO 8601, durations
 * are milliseconds; every field is always there, null when it is not known.
 */
export function validationJson(report: ValidationReport): string {
  const document = {
    version: VERSION,
    ...report,
    started_at: new Date(report.started_at).toISOString(),
    models: report.models.map((result) => ({
      ...withNulls(result),
      probes: result.probes.map(withNulls),
    })),
  };
  return `${stringify(document, 2)}\n`;
}

function withNulls<R extends Pick<ProbeReport, 'reason' | 'first_token_ms'>>(result: R) {
  const { reason = null, first_token_ms = null } = result;
  return { ...result, reason, first_token_ms };
}
