import { fold } from './table.ts';
import { sanitize } from './sanitize.ts';
import { columnsOf, type OutputStream, rowsOf, type Terminal } from './terminal.ts';
import { loadPaint, type Tone } from './style.ts';

/** A part of a line in one tone. Its text may come from outside: it is made safe. */
export interface Span {
  text: string;
  tone?: Tone | undefined;
}

/** Lines at the bottom of a terminal that are updated in place. */
export interface LiveLines {
  /** Replaces the lines shown before. A line that is too long is cut. */
  draw(lines: readonly Span[][]): void;
  /** Ends the updates and shows the cursor again, below the lines or in their place. */
  stop(outcome: 'keep' | 'erase'): void;
  /** Lines that fit on the screen now. */
  rows(): number;
}

// ECMA-48 §8.3; the cursor is DEC private mode 25.
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_REST_OF_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';
const up = (rows: number) => (rows === 0 ? '\r' : `\r\u001B[${rows}A`);

/** Loads what the updates need. `stream` must be a terminal with cursor movement. */
export async function openLiveLines(
  stream: OutputStream,
  env: Terminal['env'],
): Promise<LiveLines> {
  const [{ default: measure }, paint] = await Promise.all([
    import('string-width'),
    loadPaint(stream, env),
  ]);
  /** Columns of each line that is on the screen. */
  let shown: number[] = [];

  function cut(line: readonly Span[], width: number): { text: string; columns: number } {
    let columns = 0;
    let text = '';
    for (const span of line) {
      const left = width - columns;
      if (left <= 0) break;
      const safe = sanitize(span.text.replaceAll(/\s/g, ' '));
      const fitting = measure(safe) <= left ? safe : (fold(safe, left, 1, measure)[0] ?? '');
      columns += measure(fitting);
      text += paint(fitting, span.tone);
    }
    return { text, columns };
  }

  /**
   * Moves the cursor to the first line. A terminal that became narrower has wrapped the longer
   * lines. Some terminals do not wrap the line with the cursor, so that it counts as one row: a
   * leftover of an old line is better than an erased line of other output.
   */
  function home(): string {
    const width = columnsOf(stream);
    const above = shown.slice(0, -1).map((columns) => Math.max(1, Math.ceil(columns / width)));
    return up(above.reduce((sum, rows) => sum + rows, 0));
  }

  return {
    rows: () => rowsOf(stream),
    draw(lines) {
      // The last column stays free: some terminals wrap a line that fills it.
      const width = columnsOf(stream) - 1;
      const next = lines.map((line) => cut(line, width));
      const text = next.map((line) => line.text + ERASE_REST_OF_LINE).join('\n');
      stream.write(`${shown.length === 0 ? HIDE_CURSOR : home()}${text}${ERASE_BELOW}`);
      shown = next.map(({ columns }) => columns);
    },
    stop(outcome) {
      if (shown.length === 0) return;
      stream.write(`${outcome === 'keep' ? '\n' : home() + ERASE_BELOW}${SHOW_CURSOR}`);
      shown = [];
    },
  };
}
