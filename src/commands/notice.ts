import { sanitize } from '../terminal/sanitize.ts';
import type { Context } from './context.ts';

/** One line on stderr for the person who watches; its text may come from outside. */
export function notice(context: Context, text: string): void {
  context.terminal.stderr.write(`${sanitize(text)}\n`);
}
