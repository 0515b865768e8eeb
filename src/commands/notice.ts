import { sanitize, escapeWorkflowCommands } from '../terminal/sanitize.ts';
import { wrapFor } from '../terminal/wrap.ts';
import type { Context } from './context.ts';

/** Writes a notice to stderr. The text may come from outside: it is made safe and wrapped. */
export function notice(context: Context, text: string): void {
  const { stderr, env } = context.terminal;
  stderr.write(`${wrapFor(stderr, escapeWorkflowCommands(sanitize(text), env))}\n`);
}
