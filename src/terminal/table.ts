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
  /** The heading of each row, in place of the first title. Rows with the same one follow each other. */
  headings?: readonly string[];
  /** Columns that the last column needs at a terminal, if it is not shorter. */
  narrowest?: number;
  /** The same rows with less in them, for a terminal that has no room for this table. */
  narrower?: Table;
}

const GAP = '  ';
/** Columns that the last column needs; with less room each row becomes a block of lines. */
const NARROWEST = 24;
/** Columns that the first column needs; a longer text there has a line of its own. */
const NARROWEST_FIRST = 16;
/** Part of the rows that may take such a line while there is a narrower table. */
const MOST_LONG = 1 / 4;
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
  const whole = forTerminal(table);
  const trimmed = withoutEmptyLast(whole);
  const widths = columnsIn(width, trimmed, measure);
  if (widths === undefined && table.narrower) return layOut(table.narrower, width, measure, paint);
  const shown = widths === undefined ? whole : trimmed;
  const linesOf = (row: Cell[]) =>
    widths === undefined
      ? stack(row, width, measure, paint)
      : align(row, widths, width, measure, paint);
  const titles = ([first, ...others]: string[], tone?: Tone) => {
    const cells = others.map((text): Cell => ({ text, tone: 'quiet' }));
    return linesOf([{ text: first ?? '', tone }, ...(widths === undefined ? [] : cells)]);
  };
  const lines = shown.rows.flatMap((row, index) => {
    const heading = shown.headings?.[index];
    if (heading === undefined || heading === shown.headings?.[index - 1]) return linesOf(row);
    const head = titles([heading, ...shown.titles.slice(1)]);
    return [...(index === 0 ? [] : ['']), ...head, ...linesOf(row)];
  });
  if (shown.headings === undefined && widths !== undefined) {
    lines.unshift(...titles(shown.titles, 'quiet'));
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** The width of each column but the last, which takes the rest; undefined where there is no room. */
function columnsIn(
  width: number,
  { titles, rows, headings = [], narrowest = NARROWEST, narrower }: Table,
  measure: Measure,
): number[] | undefined {
  const [firsts = [], ...others] = titles.map((title, column) => [
    measure(title),
    ...rows.map((row) => measure(row[column]?.text ?? '')),
  ]);
  const widths = others.map(largest);
  const needed = Math.min(widths.pop() ?? largest(firsts), narrowest);
  if (others.length === 0) return width < needed ? undefined : [];
  const room = width - needed - widths.reduce((sum, each) => sum + each + GAP.length, GAP.length);
  const short = [...firsts, ...headings.map(measure)].filter((each) => each <= room);
  const long = firsts.filter((each) => each > room).length;
  if (long > 0 && room < NARROWEST_FIRST) return undefined;
  if (long > rows.length * MOST_LONG && narrower !== undefined) return undefined;
  return [largest(short), ...widths];
}

const largest = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), 0);

/** A row in columns. A first cell that is wider than its column has a line of its own. */
function align(
  [first, ...others]: Cell[],
  widths: readonly number[],
  width: number,
  measure: Measure,
  paint: Paint,
): string[] {
  if (widths[0] !== undefined && first !== undefined && measure(first.text) > widths[0]) {
    const own = fold(first.text, width, MOST_LINES, measure);
    const rest = align([{ text: '' }, ...others], widths, width, measure, paint);
    return [...own.map((line) => paint(line, first.tone)), ...rest];
  }
  const cells = [first, ...others].filter((cell) => cell !== undefined);
  const last = cells[widths.length];
  const before = widths.reduce((sum, each) => sum + each + GAP.length, 0);
  const [start = '', ...more] = fold(last?.text ?? '', width - before, MOST_LINES, measure);
  const aligned = widths.map((columns, index) => {
    const { text = '', tone } = cells[index] ?? {};
    return paint(text, tone) + ' '.repeat(columns - measure(text)) + GAP;
  });
  return [
    aligned.join('') + paint(start, last?.tone),
    ...more.map((line) => ' '.repeat(before) + paint(line, last?.tone)),
  ];
}

/** A row as a block: the first cell, below it the short ones on one line, below them the last one. */
function stack(row: Cell[], width: number, measure: Measure, paint: Paint): string[] {
  const [first, ...others] = row;
  const last = others.pop();
  const middle = others.map(({ text }) => text).filter((text) => text !== '');
  const tone = others.find((cell) => cell.tone !== undefined)?.tone;
  return [
    ...fold(first?.text ?? '', width, MOST_LINES, measure).map((line) => paint(line, first?.tone)),
    ...indented(middle.join(' · '), tone),
    ...indented(last?.text ?? '', last?.tone),
  ];

  function indented(text: string, color: Tone | undefined): string[] {
    if (text === '') return [];
    return fold(text, width - GAP.length, MOST_LINES, measure).map(
      (line) => GAP + paint(line, color),
    );
  }
}

function forTerminal(table: Table): Table {
  const shown = ({ text, glyph, tone }: Cell): Cell => {
    const safe = inLine(text, true);
    return { text: glyph === undefined ? safe : `${glyph} ${safe}`, tone };
  };
  return { ...table, rows: table.rows.map((row) => row.map(shown)) };
}

function withoutEmptyLast(table: Table): Table {
  if (table.rows.some((row) => row.at(-1)?.text !== '')) return table;
  const rows = table.rows.map((row) => row.slice(0, -1));
  return { ...table, titles: table.titles.slice(0, -1), rows };
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
