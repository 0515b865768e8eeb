import { sanitize } from '../terminal/sanitize.ts';
import { wrapFor } from '../terminal/wrap.ts';
import type { Context } from './context.ts';
import { secretsOfRun } from './secrets.ts';

/**
 * Receives the notices of stores and files. The same one is shown once, although several parts of a
 * command read the same file.
 */
export function noticesOf(context: Context): (notice: { message: string }) => void {
  return ({ message }) => {
    const { stderr } = context.terminal;
    const shown = SHOWN.get(stderr) ?? new Set();
    SHOWN.set(stderr, shown);
    if (!shown.has(message)) notice(context, message);
    shown.add(message);
  };
}

/** The notices that were shown on each stream. */
const SHOWN = new WeakMap<object, Set<string>>();

/** Writes a notice to stderr. The text may come from outside: it is redacted, made safe and wrapped. */
export function notice(context: Context, text: string): void {
  const { stderr } = context.terminal;
  const safe = sanitize(secretsOfRun(context).redact(text));
  stderr.write(`${wrapFor(stderr, safe)}\n`);
}
