import type { Help } from 'commander';
import { formatItem, PIPE_WIDTH } from './help-items.ts';
import { wrapWords } from './wrap.ts';

const USAGE = 'Usage: ';

/** Settings for commander's `configureHelp`: its own layout in a pipe, this one at a terminal. */
export const helpLayout: Partial<Help> = {
  prepareContext(this: Help, { helpWidth = 0 }) {
    this.helpWidth = helpWidth || PIPE_WIDTH;
    if (helpWidth > 0) Object.assign(this, atTerminal(helpWidth));
  },
};

/** Commander does not wrap descriptions narrower than 40 columns; here they go below their terms. */
function atTerminal(width: number): Partial<Help> {
  return {
    boxWrap: (text) => wrapWords(text, width),
    styleUsage(usage) {
      if (USAGE.length + usage.length <= width) return usage;
      const [command = '', ...flags] = usage.split(/ (?=\[)/);
      const fits = USAGE.length + command.length <= width;
      const words = fits ? command : command.replace(/ (?=\S+$)/, '\n  ');
      return `${words}\n${wrapWords(`  ${flags.join(' ')}`, width)}`;
    },
    formatItem: (term, termWidth, description) =>
      formatItem(term, description, { termWidth, width, wrap: wrapWords }),
  };
}
