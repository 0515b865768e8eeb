import { columnsOf, inCi, type Terminal, withKnownSize } from './terminal.ts';
import { wrapWords } from './wrap.ts';

/** An animation on stderr while the user waits. */
export interface Spinner {
  /** Replaces the text beside the animation. */
  update(text: string): void;
  /** Removes the animation and shows the cursor again. */
  stop(): void;
}

const SILENT: Spinner = { update: () => {}, stop: () => {} };

/** Starts a spinner on a terminal; elsewhere it shows nothing. The caller makes the text safe. */
export async function startSpinner(terminal: Terminal, text: string): Promise<Spinner> {
  if (terminal.stderr.isTTY !== true || terminal.env.TERM === 'dumb') return SILENT;
  // The symbol and its space take two columns.
  const shown = (next: string) => wrapWords(next, Math.max(1, columnsOf(terminal.stderr) - 2));
  const { default: ora } = await import('ora');
  const spinner = ora({
    text: shown(text),
    stream: withKnownSize(terminal.stderr),
    // ora takes any value of CI for yes.
    isEnabled: !inCi(terminal.env),
    // With true, ora puts stdin into raw mode, and Ctrl-C no longer sends SIGINT.
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
