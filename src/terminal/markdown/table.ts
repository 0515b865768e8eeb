import type { Tokens } from 'marked';
import { inline } from './inline.ts';
import type { Look } from './look.ts';

const BETWEEN = ' │ ';
/** Columns narrower than this are not worth the name. */
const NARROWEST = 6;

/** The lines of a table: in columns, or row by row where there is no room for them. */
export function tableLines(
  { header, rows, align }: Tokens.Table,
  width: number,
  look: Look,
): string[] {
  const titles = header.map(({ tokens }) => look.style.bold(inline(tokens, look)));
  const cells = rows.map((row) => row.map(({ tokens }) => inline(tokens, look)));
  const natural = titles.map((title, column) => {
    return Math.max(1, ...[title, ...cells.map((row) => row[column] ?? '')].map(look.measure));
  });
  const widths = fit(natural, width - BETWEEN.length * (titles.length - 1));
  if (widths === undefined) return stacked(titles, cells, width, look);
  const rule = widths.map((each) => '─'.repeat(each)).join('─┼─');
  return [
    ...rowLines(titles, widths, align, look),
    look.style.dim(rule),
    ...cells.flatMap((row) => rowLines(row, widths, align, look)),
  ];
}

/** Takes from the widest columns until all fit; undefined where that leaves too little. */
function fit(natural: readonly number[], room: number): number[] | undefined {
  const total = (widths: readonly number[]) => widths.reduce((sum, each) => sum + each, 0);
  let limit = Math.max(...natural);
  while (total(natural.map((each) => Math.min(each, limit))) > room) {
    limit -= 1;
    if (limit < NARROWEST) return undefined;
  }
  return natural.map((each) => Math.min(each, limit));
}

function rowLines(
  row: readonly string[],
  widths: readonly number[],
  align: Tokens.Table['align'],
  look: Look,
): string[] {
  const columns = widths.map((each, column) => look.wrap(row[column] ?? '', each));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = columns.map((lines, column) => {
      const text = lines[line] ?? '';
      const space = Math.max(0, (widths[column] ?? 0) - look.measure(text));
      return padded(text, space, align[column]);
    });
    return parts.join(look.style.dim(BETWEEN)).trimEnd();
  });
}

function padded(
  text: string,
  space: number,
  align: 'center' | 'left' | 'right' | null | undefined,
) {
  const before = align === 'right' ? space : align === 'center' ? Math.floor(space / 2) : 0;
  return ' '.repeat(before) + text + ' '.repeat(space - before);
}

function stacked(titles: string[], rows: string[][], width: number, look: Look): string[] {
  return rows.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...row.flatMap((cell, column) => look.wrap(`${titles[column] ?? ''}: ${cell}`, width)),
  ]);
}
