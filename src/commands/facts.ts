import { sanitize } from '../terminal/sanitize.ts';
import { loadStyle } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { wrapFor } from '../terminal/wrap.ts';

/** A name and its value; both can come from outside. */
export type Fact = readonly [name: string, value: string];

/** Formats facts for stdout: one a line, names dimmed, values aligned, safe for a terminal. */
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
