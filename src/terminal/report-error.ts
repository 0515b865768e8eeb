import type { ErrorReport } from '../core/error-report.ts';
import { sanitize, stringify } from './sanitize.ts';
import { loadStyle } from './style.ts';
import type { Terminal } from './terminal.ts';
import { wrapFor } from './wrap.ts';

/**
 * Writes one error to stderr, as text or as one line of JSON.
 * @param stack for `--debug`; '' shows none
 */
export async function reportError(
  report: ErrorReport,
  terminal: Terminal,
  { json, stack }: { json: boolean; stack: string },
): Promise<void> {
  if (json) {
    terminal.stderr.write(`${stringify({ error: report })}\n`);
    return;
  }
  const style = await loadStyle(terminal.stderr, terminal.env);
  const facts = [
    report.status === undefined || namesStatus(report) ? '' : `HTTP ${report.status}`,
    report.request_id === undefined ? '' : `request ${sanitize(report.request_id)}`,
  ].filter((fact) => fact !== '');
  const lines = [
    `${style.red.bold('error:')} ${sanitize(report.message)}`,
    ...(facts.length === 0 ? [] : [style.dim(`  (${facts.join(', ')})`)]),
    ...(report.hint === undefined ? [] : sanitize(report.hint).split('\n').map(indent)),
  ];
  const wrapped = wrapFor(terminal.stderr, lines.join('\n'));
  const whole = stack === '' ? wrapped : `${wrapped}\n${style.dim(sanitize(stack))}`;
  terminal.stderr.write(`${whole}\n`);
}

/** Whether the message contains the status already. */
function namesStatus({ message, status }: ErrorReport): boolean {
  return message.includes(`HTTP ${status}`) || message.includes(`(${status})`);
}

const indent = (line: string) => `  ${line}`;
