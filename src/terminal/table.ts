import { sanitize } from './sanitize.ts';
import { columnsOf, type Terminal } from './terminal.ts';
import { loadPaint, type Paint, type Tone } from './style.ts';

/** One cell of a table. */
export interface Cell {
  /** May come from outside: it is made safe, and its line breaks become spaces. */
  text: string;
  /** A sign of one column before the text; not shown in a pipe. */
  glyph?: string;
  tone?: Tone | undefined;
}

/** Rows of cells under titles. Only the last column is folded; an empty last column is left out. */
export interface Table {
  titles: string[];
  rows: Cell[][];
}

const GAP = '  ';
/** Columns that the last column needs; with less room each row becomes a block of lines. */
const NARROWEST = 24;
/** Lines into which a cell is folded at most; the rest is cut. */
const MOST_LINES = 4;

export interface TableOptions {
  /** Make the text safe in a pipe too. */
  sanitize?: boolean;
}

/**
 * Loads what stdout needs to show a table, and returns a function that gives its lines. A terminal
 * gets aligned columns with titles and colors, folded to its width, or one block per row when it is
 * too narrow. A pipe gets one line per row with its cells separated by tabs.
 */
export async function loadTableFormat(
  { stdout, env }: Pick<Terminal, 'stdout' | 'env'>,
  options: TableOptions = {},
): Promise<(table: Table) => string> {
  const paint = await loadPaint(stdout, env);
  if (stdout.isTTY !== true) return (table) => separate(table, options.sanitize === true, paint);
  // Costs 25 ms, so that only a terminal loads it.
  const { default: measure } = await import('string-width');
  return (table) => layOut(table, columnsOf(stdout), measure, paint);
}

/** Tab-separated lines without titles, for `cut` and `awk`. */
function separate({ rows }: Table, safe: boolean, paint: Paint): string {
  const shown = ({ text, tone }: Cell) => paint(inLine(text, safe), tone);
  return rows.map((row) => `${row.map(shown).join('\t')}\n`).join('');
}

/** The lines of a table for a terminal of `width` columns. */
export function layOut(table: Table, width: number, measure: Measure, paint: Paint): string {
  const { titles, rows } = withoutEmptyLast(forTerminal(table));
  const widths = titles.map((title, column) =>
    Math.max(measure(title), ...rows.map((row) => measure(row[column]?.text ?? ''))),
  );
  const last = titles.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + GAP.length, 0);
  const left = width - before;
  if (left < Math.min(widths[last] ?? 0, NARROWEST)) return stack(rows, width, measure, paint);

  const head = titles.map((text): Cell => ({ text, tone: 'quiet' }));
  return [head, ...rows]
    .map((row) => {
      const [first = '', ...more] = fold(row[last]?.text ?? '', left, MOST_LINES, measure);
      const cells = row.slice(0, last).map(({ text, tone }, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - measure(text));
        return paint(text, tone) + padding + GAP;
      });
      const tone = row[last]?.tone;
      const lines = [cells.join('') + paint(first, tone)];
      lines.push(...more.map((line) => ' '.repeat(before) + paint(line, tone)));
      return lines.map((line) => `${line.trimEnd()}\n`).join('');
    })
    .join('');
}

/** A block per row: the first cell, below it the short ones on one line, below them the last one. */
function stack(rows: Cell[][], width: number, measure: Measure, paint: Paint): string {
  const lines = rows.flatMap((row) => {
    const [first, ...others] = row;
    const last = others.pop();
    const middle = others.map(({ text }) => text).filter((text) => text !== '');
    const tone = others.find((cell) => cell.tone !== undefined)?.tone;
    return [
      ...fold(first?.text ?? '', width, MOST_LINES, measure).map((line) =>
        paint(line, first?.tone),
      ),
      ...indented(middle.join(' · '), tone),
      ...indented(last?.text ?? '', last?.tone),
    ];
  });
  return lines.map((line) => `${line}\n`).join('');

  function indented(text: string, tone: Tone | undefined): string[] {
    if (text === '') return [];
    return fold(text, width - GAP.length, MOST_LINES, measure).map(
      (line) => GAP + paint(line, tone),
    );
  }
}

function forTerminal({ titles, rows }: Table): Table {
  const shown = ({ text, glyph, tone }: Cell): Cell => {
    const safe = inLine(text, true);
    return { text: glyph === undefined ? safe : `${glyph} ${safe}`, tone };
  };
  return { titles, rows: rows.map((row) => row.map(shown)) };
}

function withoutEmptyLast(table: Table): Table {
  if (table.rows.some((row) => row.at(-1)?.text !== '')) return table;
  return { titles: table.titles.slice(0, -1), rows: table.rows.map((row) => row.slice(0, -1)) };
}

function inLine(text: string, safe: boolean): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return safe ? sanitize(line) : line;
}

/** The columns of a text on a terminal. */
export type Measure = (text: string) => number;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Breaks a text into at most `most` lines of at most `width` columns, between words if possible. A
 * text that does not fit ends in `…`. Each line has at least one character, so that a character of
 * two columns is wider than a terminal of one.
 */
export function fold(text: string, width: number, most: number, measure: Measure): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (lines.length < most - 1 && measure(rest) > width) {
    const fitting = prefix(rest, width, measure);
    const space = rest[fitting.length] === ' ' ? fitting.length : fitting.lastIndexOf(' ');
    const end = space > 0 ? space : fitting.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  const whole = measure(rest) <= width;
  if (whole) return [...lines, rest];
  const kept = prefix(rest, width - 1, measure).trimEnd();
  lines.push(measure(kept) < width ? `${kept}…` : '…');
  return lines;
}

/** The longest prefix that fits, at least one grapheme. */
function prefix(text: string, width: number, measure: Measure): string {
  let end = 0;
  let taken = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    taken += measure(segment);
    if (taken > width && end > 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
