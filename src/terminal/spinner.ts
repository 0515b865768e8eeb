import { columnsOf, type Terminal, withKnownSize } from './terminal.ts';
import { wrapWords } from './wrap.ts';

/** Something that turns on stderr while the user waits. */
export interface Spinner {
  update(text: string): void;
  /** Removes it and gives the cursor back. */
  stop(): void;
}

const SILENT: Spinner = { update: () => {}, stop: () => {} };

/** Turns only on a terminal; elsewhere it is silent. The text must be safe for a terminal. */
export async function startSpinner(terminal: Terminal, text: string): Promise<Spinner> {
  if (terminal.stderr.isTTY !== true || terminal.env.TERM === 'dumb') return SILENT;
  // The spinner itself takes two columns.
  const shown = (next: string) => wrapWords(next, Math.max(1, columnsOf(terminal.stderr) - 2));
  const { default: ora } = await import('ora');
  const spinner = ora({
    text: shown(text),
    stream: withKnownSize(terminal.stderr),
    // ora would put stdin into raw mode, and Ctrl-C would no longer be a signal.
    discardStdin: false,
  }).start();
  return {
    update: (next) => {
      spinner.text = shown(next);
    },
    stop: () => {
      spinner.stop();
    },
  };
}
