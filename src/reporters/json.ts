import type { JudgedReport } from '../core/validation/judge.ts';
import { stringify } from '../terminal/sanitize.ts';

/** Increases when a field changes its meaning or is removed, not when one is added. */
const VERSION = 1;

/**
 * The report as one JSON document, as `schemas/validation-report.schema.json` describes it, safe to
 * show anywhere. The time of day is ISO 8601, durations are milliseconds; every field is always
 * there, null when it is not known.
 */
export function* validationJson(report: JudgedReport): Generator<string> {
  const many = report.models.length > MANY_MODELS;
  const document = {
    version: VERSION,
    ...report,
    started_at: new Date(report.started_at).toISOString(),
    ...(many && { models: [] }),
  };
  const text = `${stringify(document, 2, orNull)}\n`;
  const [before = '', after] = many ? text.split(NO_MODELS, 2) : [text];
  yield before;
  if (after === undefined) return;
  let separator = '\n  "models": [\n';
  for (const model of report.models) {
    yield separator + stringify(model, undefined, orNull);
    separator = ',\n';
  }
  yield `\n]${after}`;
}

/** From this many models each is a line of its own: with indents 1,000 take twice the memory. */
const MANY_MODELS = 100;
const NO_MODELS = '\n  "models": []';

const orNull = (_: string, value: unknown): unknown => value ?? null;
