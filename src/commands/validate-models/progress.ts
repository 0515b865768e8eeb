import type { ValidationEvent } from '../../core/validation/run.ts';
import { resultLine } from '../../reporters/table.ts';
import { startSpinner } from '../../terminal/spinner.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { safeFor } from '../../terminal/writer.ts';

/** What is seen on stderr while the models answer. */
export interface Progress {
  onEvent: (event: ValidationEvent) => void;
  stop: () => Promise<void> | void;
}

/** One line that is updated in place on a terminal, one line a finished model elsewhere. */
export function startProgress(terminal: Terminal, total: number, sanitize?: boolean): Progress {
  return terminal.stderr.isTTY === true ? counter(terminal, total) : log(terminal, total, sanitize);
}

function counter(terminal: Terminal, total: number): Progress {
  const text = (finished: number) => `Asking ${total} models, ${finished} finished`;
  // Loaded while the first requests are on their way.
  const spinner = startSpinner(terminal, text(0));
  return {
    onEvent: (event) => {
      if (event.type === 'finished') void spinner.then((it) => it.update(text(event.finished)));
    },
    stop: async () => (await spinner).stop(),
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
