import type { JudgedReport } from '../core/validation/judge.ts';
import type { ModelReport } from '../core/validation/report.ts';
import type { Table } from '../terminal/table.ts';
import {
  failureText,
  formatDuration,
  glyphOf,
  judgedFailureText,
  judgedVerdictCell,
  oneLine,
  requirement,
  verdictText,
  wasAsked,
} from './verdict-text.ts';

/** The report as a table: one row for each model, readable without color. */
export function validationTable({ models }: JudgedReport): Table {
  return {
    titles: ['MODEL', 'NEED', 'VERDICT', 'LATENCY', 'REASON'],
    rows: models.map((result) => [
      { text: result.model },
      { text: requirement(result) },
      judgedVerdictCell(result),
      { text: latency(result) },
      { text: judgedFailureText(result) },
    ]),
  };
}

/** One finished model in one line, for a log. */
export function resultLine(result: ModelReport): string {
  const facts = [requirement(result), latency(result)].filter((fact) => fact !== '').join(', ');
  const line = `${glyphOf(result)} ${result.model}: ${verdictText(result)} (${facts})`;
  const reason = failureText(result);
  return oneLine(reason === '' ? line : `${line}: ${reason}`);
}

function latency({ probes, latency_ms }: ModelReport): string {
  return probes.some(wasAsked) ? formatDuration(latency_ms) : '';
}
