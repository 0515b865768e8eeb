import type { Help } from 'commander';
import { columnsOf, type OutputStream } from './terminal.ts';
import { wrapWords } from './wrap.ts';

/** What a pipe gets does not depend on any terminal. */
const IN_A_PIPE = 80;

/** Columns that help has on `stream`; 0 in a pipe. */
export function helpWidth(stream: OutputStream): number {
  return stream.isTTY === true ? columnsOf(stream) : 0;
}

/** How commander lays help out: in a pipe by its own rules, at a terminal by ours. */
export const helpLayout: Partial<Help> = {
  prepareContext(this: Help, { helpWidth = 0 }) {
    this.helpWidth = helpWidth || IN_A_PIPE;
    if (helpWidth > 0) Object.assign(this, atTerminal(helpWidth));
  },
};

const INDENT = 2;
const GAP = 2;
/** Of descriptions below their terms. */
const DEEPER = 6;
/** Columns that descriptions beside their terms need. */
const NARROWEST = 36;

/** Commander does not wrap descriptions of less than 40 columns; here they go below their terms. */
function atTerminal(width: number): Partial<Help> {
  return {
    boxWrap: (text) => wrapWords(text, width),
    styleUsage(usage) {
      if ('Usage: '.length + usage.length <= width) return usage;
      const [command = '', ...flags] = usage.split(/ (?=\[)/);
      return `${command}\n${wrapWords(`  ${flags.join(' ')}`, width)}`;
    },
    formatItem(term, termWidth, description) {
      const start = ' '.repeat(INDENT) + term;
      if (description === '') return start;
      const column = INDENT + termWidth + GAP;
      const beside = width - column >= NARROWEST;
      const indent = ' '.repeat(beside ? column : Math.min(DEEPER, width >> 3));
      const [first = '', ...rest] = description
        .split('\n')
        .flatMap((line) => wrapWords(indent + line, width).split('\n'));
      if (beside) return [start.padEnd(column) + first.trimStart(), ...rest].join('\n');
      return [...wrapWords(start, width).split('\n'), first, ...rest].join('\n');
    },
  };
}
