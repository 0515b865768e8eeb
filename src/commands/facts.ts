import { sanitize } from '../terminal/sanitize.ts';
import { loadStyle } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrapFor } from '../terminal/wrap.ts';

/** A name and what is known of it, each of which may come from outside. */
export type Fact = readonly [name: string, value: string];

/** Facts for stdout, one a line, their names dimmed and their values aligned. */
export async function formatFacts(
  { stdout, env }: Terminal,
  facts: readonly Fact[],
): Promise<string> {
  const style = await loadStyle(stdout, env);
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.map(
    ([name, value]) => `  ${style.dim(name.padEnd(width))}  ${sanitize(value)}\n`,
  );
  return wrapFor(stdout, lines.join(''));
}
