import { KnownSecrets } from '../core/known-secrets.ts';
import type { Context } from './context.ts';

const KNOWN = new WeakMap<object, KnownSecrets>();

/**
 * The secrets that this run has used. What is shown or written goes through them, because a server or
 * a model can repeat what it was sent: only the answer of `chat` stays as it is.
 */
export function secretsOfRun({ terminal: { stderr } }: Pick<Context, 'terminal'>): KnownSecrets {
  const known = KNOWN.get(stderr) ?? new KnownSecrets();
  KNOWN.set(stderr, known);
  return known;
}

/** {@link KnownSecrets.redactIn} of a report, model by model: the JSON of 1,000 models has 25 MB. */
export function redacted<T extends { models: readonly unknown[] }>(
  secrets: KnownSecrets,
  report: T,
): T {
  const models = report.models.map((model) => secrets.redactIn(model));
  return { ...secrets.redactIn({ ...report, models: [] }), models };
}
