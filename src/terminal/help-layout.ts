import type { Help } from 'commander';
import { columnsOf, type OutputStream } from './terminal.ts';
import { wrapWords } from './wrap.ts';

/** Columns of help in a pipe, whatever the terminal is. */
export const PIPE_WIDTH = 80;

/** Columns of help on `stream`; 0 in a pipe, as commander's `getOutHelpWidth` takes it. */
export function helpWidth(stream: OutputStream): number {
  return stream.isTTY === true ? columnsOf(stream) : 0;
}

/** Settings for commander's `configureHelp`: its own layout in a pipe, this one at a terminal. */
export const helpLayout: Partial<Help> = {
  prepareContext(this: Help, { helpWidth = 0 }) {
    this.helpWidth = helpWidth || PIPE_WIDTH;
    if (helpWidth > 0) Object.assign(this, atTerminal(helpWidth));
  },
};

const INDENT = 2;
const GAP = 2;
/** Columns before a description that stands below its term. */
const BELOW_INDENT = 6;
/** A narrower description goes below its term, in columns. */
const NARROWEST = 36;

/** Commander does not wrap descriptions narrower than 40 columns; here they go below their terms. */
function atTerminal(width: number): Partial<Help> {
  return {
    boxWrap: (text) => wrapWords(text, width),
    styleUsage(usage) {
      if ('Usage: '.length + usage.length <= width) return usage;
      const [command = '', ...flags] = usage.split(/ (?=\[)/);
      return `${command}\n${wrapWords(`  ${flags.join(' ')}`, width)}`;
    },
    formatItem: (term, termWidth, description) =>
      formatItem(term, { termWidth, description, width }),
  };
}

/** Terms with their descriptions, in a column beside them or below them. @param width in columns */
export function helpItems(
  items: readonly (readonly [term: string, description: string])[],
  width: number,
): string[] {
  const termWidth = Math.max(...items.map(([term]) => term.length));
  return items.map(([term, description]) => formatItem(term, { termWidth, description, width }));
}

interface ItemLayout {
  termWidth: number;
  description: string;
  width: number;
}

function formatItem(term: string, { termWidth, description, width }: ItemLayout): string {
  const start = ' '.repeat(INDENT) + term;
  if (description === '') return start;
  const column = INDENT + termWidth + GAP;
  const beside = width - column >= NARROWEST;
  const indent = ' '.repeat(beside ? column : Math.min(BELOW_INDENT, width >> 3));
  const [first = '', ...rest] = description
    .split('\n')
    .flatMap((line) => wrapWords(indent + line, width).split('\n'));
  if (beside) return [start.padEnd(column) + first.trimStart(), ...rest].join('\n');
  return [...wrapWords(start, width).split('\n'), first, ...rest].join('\n');
}
