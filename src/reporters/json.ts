import type { JudgedReport } from '../core/validation/judge.ts';
import { stringify } from '../terminal/sanitize.ts';

/** Increases when a field changes its meaning or is removed, not when one is added. */
const VERSION = 1;

/**
 * The report as one JSON document, as `schemas/validation-report.schema.json` describes it, safe to
 * show anywhere. The time of day is ISO 8601, durations are milliseconds; every field is always
 * there, null when it is not known.
 */
export function validationJson(report: JudgedReport): string {
  const document = {
    version: VERSION,
    ...report,
    started_at: new Date(report.started_at).toISOString(),
  };
  return `${stringify(document, 2, (_, value) => value ?? null)}\n`;
}
