import type { Context } from '../context.ts';
import type { Progress } from './live-table.ts';
import type { ValidationEvent } from '../../core/validation/run.ts';
import { resultLine } from '../../reporters/table.ts';
import type { OutputStream, Terminal } from '../../terminal/terminal.ts';
import { sanitize } from '../../terminal/sanitize.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { secretsOfRun } from '../secrets.ts';

/** On a terminal a table that is updated in place, elsewhere one line for each finished model. */
export async function startProgress(context: Context, total: number): Promise<Progress> {
  const progress = await openProgress(context.terminal, total);
  const secrets = secretsOfRun(context);
  return { ...progress, onEvent: (event) => progress.onEvent(secrets.redactIn(event)) };
}

async function openProgress(terminal: Terminal, total: number): Promise<Progress> {
  const { stderr, env } = terminal;
  if (stderr.isTTY !== true || env.TERM === 'dumb') return log(stderr, total);
  const { startLiveTable } = await import('./live-table.ts');
  return startLiveTable(terminal, total);
}

/** A log is read on a terminal at last, so that the names in it are made safe in a pipe too. */
function log(stderr: OutputStream, total: number): Progress {
  return {
    onEvent: (event) => {
      const line = logLine(event, total);
      if (line === undefined) return;
      stderr.write(`${wrapFor(stderr, sanitize(line))}\n`);
    },
    stop: () => {},
  };
}

function logLine(event: ValidationEvent, total: number): string | undefined {
  if (event.type === 'waiting') {
    return `Rate limit: no requests for ${(event.ms / 1000).toFixed(1)} s`;
  }
  if (event.type !== 'finished') return undefined;
  return `[${event.finished}/${total}] ${resultLine(event.result)}`;
}
