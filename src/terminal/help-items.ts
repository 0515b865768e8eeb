/** Help without commander, and without the rules of wrap.ts for paths and commands: 3 ms of a start. */
import { columnsOf, type OutputStream } from './terminal.ts';

/** Columns of help in a pipe, whatever the terminal is. */
export const PIPE_WIDTH = 80;

/** Columns of help on `stream`; 0 in a pipe, as commander's `getOutHelpWidth` takes it. */
export function helpWidth(stream: OutputStream): number {
  return stream.isTTY === true ? columnsOf(stream) : 0;
}

const INDENT = 2;
const GAP = 2;
/** Columns before a description that stands below its term. */
const BELOW_INDENT = 6;
/** A narrower description goes below its term, in columns. */
const NARROWEST = 36;

/** Breaks a line between any two words. Continuation lines keep the indent. */
export function fillWords(line: string, width: number): string {
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  for (const word of line.trim().split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines.join('\n');
}

/** Terms with their descriptions, in a column beside them or below them. @param width in columns */
export function helpItems(
  items: readonly (readonly [term: string, description: string])[],
  width: number,
): string[] {
  const termWidth = Math.max(...items.map(([term]) => term.length));
  return items.map(([term, about]) =>
    formatItem(term, about, { termWidth, width, wrap: fillWords }),
  );
}

/** How an item is laid out, in columns. */
export interface ItemLayout {
  termWidth: number;
  width: number;
  wrap: (line: string, width: number) => string;
}

/** A term with its description. */
export function formatItem(
  term: string,
  description: string,
  { termWidth, width, wrap }: ItemLayout,
): string {
  const start = ' '.repeat(INDENT) + term;
  if (description === '') return start;
  const column = INDENT + termWidth + GAP;
  const beside = width - column >= NARROWEST;
  const indent = ' '.repeat(beside ? column : Math.min(BELOW_INDENT, width >> 3));
  const [first = '', ...rest] = description
    .split('\n')
    .flatMap((line) => wrap(indent + line, width).split('\n'));
  if (beside) return [start.padEnd(column) + first.trimStart(), ...rest].join('\n');
  return [...wrap(start, width).split('\n'), first, ...rest].join('\n');
}
