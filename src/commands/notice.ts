import { sanitize } from '../terminal/sanitize.ts';
import { withoutCommands } from '../terminal/workflow-commands.ts';
import type { Context } from './context.ts';

/** One line on stderr for the person who watches; its text may come from outside. */
export function notice(context: Context, text: string): void {
  const { stderr, env } = context.terminal;
  stderr.write(`${withoutCommands(sanitize(text), env)}\n`);
}
