import type { ValidationEvent } from '../../core/validation/run.ts';
import { resultLine } from '../../reporters/table.ts';
import { startSpinner } from '../../terminal/spinner.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { safeFor } from '../../terminal/writer.ts';

/** What is seen on stderr while the models answer. */
export interface Progress {
  onEvent: (event: ValidationEvent) => void;
  stop: () => void;
}

/** One line that is updated in place on a terminal, one line a finished model elsewhere. */
export async function startProgress(
  terminal: Terminal,
  total: number,
  sanitize?: boolean,
): Promise<Progress> {
  if (terminal.stderr.isTTY !== true) return log(terminal, total, sanitize);
  return startCounter(terminal, total);
}

async function startCounter(terminal: Terminal, total: number): Promise<Progress> {
  const text = (finished: number) =>
    `Asking ${total} ${total === 1 ? 'model' : 'models'}, ${finished} finished`;
  const spinner = await startSpinner(terminal, text(0));
  return {
    onEvent: (event) => {
      if (event.type === 'finished') spinner.update(text(event.finished));
    },
    stop: () => spinner.stop(),
  };
}

function log({ stderr }: Terminal, total: number, sanitize: boolean | undefined): Progress {
  return {
    onEvent: (event) => {
      if (event.type !== 'finished') return;
      const line = `[${event.finished}/${total}] ${resultLine(event.result)}`;
      stderr.write(`${safeFor(stderr, line, sanitize)}\n`);
    },
    stop: () => {},
  };
}
