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
