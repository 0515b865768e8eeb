import type { ChalkInstance } from 'chalk';
import { loadStyle } from '../style.ts';
import type { OutputStream, Terminal } from '../terminal.ts';

/** What a text is laid out with, for one stream. */
export interface Look {
  style: ChalkInstance;
  /** Columns of a text, colours not counted. */
  measure(text: string): number;
  /** Lines of at most `width` columns; colours are closed at the end of each and opened again. */
  wrap(text: string, width: number): string[];
}

export async function loadLook(stream: OutputStream, env: Terminal['env']): Promise<Look> {
  const [style, { default: measure }, { default: wrapAnsi }] = await Promise.all([
    loadStyle(stream, env),
    import('string-width'),
    import('wrap-ansi'),
  ]);
  return {
    style,
    measure,
    wrap: (text, width) => wrapAnsi(text, Math.max(1, width), { hard: true }).split('\n'),
  };
}
