import { fold } from './table.ts';
import { sanitize } from './sanitize.ts';
import { columnsOf, type OutputStream, rowsOf, type Terminal } from './terminal.ts';
import { loadPaint, type Tone } from './style.ts';

/** A piece of a line. Its text may come from outside: it is made safe. */
export interface Span {
  text: string;
  tone?: Tone | undefined;
}

/** Some lines at the end of a terminal that are written anew again and again. */
export interface LiveLines {
  /** Shows these lines in place of those before. One that is too long is cut. */
  draw(lines: readonly Span[][]): void;
  /** Gives the cursor back, below the lines or in the place of them. */
  stop(outcome: 'keep' | 'erase'): void;
  /** So many lines fit on the screen now. */
  room(): number;
}

// ECMA-48 §8.3, and DEC's private mode for the cursor.
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_REST_OF_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';
const up = (rows: number) => (rows === 0 ? '\r' : `\r\u001B[${rows}A`);

/** For a stream that is a terminal with cursor movement. */
export async function openLiveLines(
  stream: OutputStream,
  env: Terminal['env'],
): Promise<LiveLines> {
  const [{ default: measure }, paint] = await Promise.all([
    import('string-width'),
    loadPaint(stream, env),
  ]);
  /** Columns taken by each line that is on the screen. */
  let shown: number[] = [];

  function cut(line: readonly Span[], width: number): { text: string; columns: number } {
    let columns = 0;
    let text = '';
    for (const span of line) {
      const room = width - columns;
      if (room <= 0) break;
      const safe = sanitize(span.text.replaceAll(/\s/g, ' '));
      const fitting = measure(safe) <= room ? safe : (fold(safe, room, 1, measure)[0] ?? '');
      columns += measure(fitting);
      text += paint(fitting, span.tone);
    }
    return { text, columns };
  }

  /**
   * To the first line. A terminal that became narrower has broken the longer ones; not all break
   * the one with the cursor, so that it counts as whole: better a rest of ours than less of others.
   */
  function home(): string {
    const width = columnsOf(stream);
    const above = shown.slice(0, -1).map((columns) => Math.max(1, Math.ceil(columns / width)));
    return up(above.reduce((sum, rows) => sum + rows, 0));
  }

  return {
    room: () => rowsOf(stream),
    draw(lines) {
      // The last column stays free: where it is filled, some terminals break the line.
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
