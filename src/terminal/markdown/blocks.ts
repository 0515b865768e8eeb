import type { Token, Tokens } from 'marked';
import { type Highlight, highlightOf } from './highlight.ts';
import { inline, type Look, plain } from './inline.ts';

/** The lines of blocks (CommonMark §4 and §5, GFM). Only lines of code are wider than `width`. */
export function blockLines(tokens: readonly Token[], width: number, look: Look): string[] {
  const lines: string[] = [];
  let gap = false;
  for (const token of tokens) {
    const block = linesOf(token, width, look);
    if (gap && lines.length > 0 && block.length > 0) lines.push('');
    lines.push(...block);
    // A list may follow the paragraph that introduces it without an empty line, as in the source.
    gap = token.type === 'space' || (gap && block.length === 0) || /\n\s*\n$/.test(token.raw);
  }
  return lines;
}

function linesOf(token: Token, width: number, look: Look): string[] {
  const { style, wrap } = look;
  switch (token.type) {
    case 'heading': {
      const { depth, tokens } = token as Tokens.Heading;
      return wrap(style.bold(`${'#'.repeat(depth)} ${inline(tokens, look)}`), width);
    }
    case 'paragraph':
    case 'text':
      return wrap(inline(token.tokens ?? [token], look), width);
    case 'code':
      return codeLines(token as Tokens.Code, look);
    case 'list':
      return listLines(token as Tokens.List, width, look);
    case 'blockquote':
      return blockLines(token.tokens ?? [], width - 2, look).map((line) => style.dim('│ ') + line);
    case 'table':
      return tableLines(token as Tokens.Table, width, look);
    case 'hr':
      return [style.dim('─'.repeat(Math.max(1, width)))];
    case 'html':
      return wrap(plain(token.raw.trimEnd()), width);
    default:
      return [];
  }
}

/** Code is not wrapped, because users copy it and a line break would change it. */
function codeLines({ text, lang = '' }: Tokens.Code, look: Look): string[] {
  const highlight = highlightOf(lang, look.style);
  return text.split('\n').map((line) => codeLine(line, look, highlight));
}

/** One line of code, indented and colored. */
export function codeLine(line: string, { style }: Look, highlight?: Highlight): string {
  const safe = plainCode(line);
  const colored = highlight?.(safe);
  return safe === '' ? '' : `  ${colored ?? style.cyan(safe)}`;
}

/** Code without entities: the lexer does not decode them there, and neither does this. */
function plainCode(line: string): string {
  return plain(line.replaceAll('&', '&amp;')).replaceAll('\t', '    ');
}

function listLines({ items, ordered, start, loose }: Tokens.List, width: number, look: Look) {
  const first = start === '' ? 1 : start;
  return items.flatMap((item, index) => {
    const marker = ordered ? `${first + index}. ` : '• ';
    const box = item.task ? `[${item.checked === true ? 'x' : ' '}] ` : '';
    const indent = ' '.repeat(marker.length);
    const lines = blockLines(item.tokens, width - marker.length - box.length, look);
    const [head = '', ...rest] = lines;
    return [
      ...(loose && index > 0 ? [''] : []),
      `${look.style.dim(marker)}${box}${head}`,
      ...rest.map((line) => (line === '' ? '' : indent + line)),
    ];
  });
}

const BETWEEN = ' │ ';
/** Columns of a terminal that a column of a table has at least. */
const NARROWEST = 6;

/** The lines of a table: in columns, or one line per cell when the columns do not fit. */
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

/** Narrows the widest columns until all fit; undefined when one becomes too narrow. */
function fit(natural: readonly number[], available: number): number[] | undefined {
  const total = (widths: readonly number[]) => widths.reduce((sum, each) => sum + each, 0);
  let limit = Math.max(...natural);
  while (total(natural.map((each) => Math.min(each, limit))) > available) {
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
