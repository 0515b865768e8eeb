import type { Progress } from './live-table.ts';
import type { ValidationEvent } from '../../core/validation/run.ts';
import { resultLine } from '../../reporters/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { escapeWorkflowCommands } from '../../terminal/sanitize.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { safeFor } from '../../terminal/writer.ts';

/** On a terminal a table that is updated in place, elsewhere one line for each finished model. */
export async function startProgress(
  terminal: Terminal,
  total: number,
  sanitize?: boolean,
): Promise<Progress> {
  const { stderr, env } = terminal;
  if (stderr.isTTY !== true || env.TERM === 'dumb') return log(terminal, total, sanitize);
  const { startLiveTable } = await import('./live-table.ts');
  return startLiveTable(terminal, total);
}

function log({ stderr, env }: Terminal, total: number, sanitize: boolean | undefined): Progress {
  return {
    onEvent: (event) => {
      const line = logLine(event, total);
      if (line === undefined) return;
      const safe = safeFor(stderr, escapeWorkflowCommands(line, env), sanitize);
      stderr.write(`${wrapFor(stderr, safe)}\n`);
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
