import type { ModelReport, ValidationReport } from '../core/validation/report.ts';
import type { Table } from '../terminal/table.ts';
import {
  formatDuration,
  glyphOf,
  oneLine,
  requirement,
  failureText,
  verdictCell,
  verdictText,
  wasAsked,
} from './text.ts';

/** The report as a table: a line a model, its words readable without colour. */
export function validationTable({ models }: ValidationReport): Table {
  return {
    titles: ['MODEL', 'NEED', 'VERDICT', 'LATENCY', 'REASON'],
    rows: models.map((result) => [
      { text: result.model },
      { text: requirement(result) },
      verdictCell(result),
      { text: latency(result) },
      { text: failureText(result) },
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
