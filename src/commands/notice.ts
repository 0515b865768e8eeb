import { sanitize, withoutCommands } from '../terminal/sanitize.ts';
import { wrapFor } from '../terminal/wrap.ts';
import type { Context } from './context.ts';

/** A remark on stderr for the person who watches; its text may come from outside. */
export function notice(context: Context, text: string): void {
  const { stderr, env } = context.terminal;
  stderr.write(`${wrapFor(stderr, withoutCommands(sanitize(text), env))}\n`);
}
