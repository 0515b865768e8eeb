import type { ModelReport, ValidationReport, Verdict } from '../core/validation/report.ts';
import type { Cell, Table } from '../terminal/table.ts';
import { duration } from './duration.ts';

/** The report as a table: a line a model, its words readable without colour. */
export function validationTable({ models }: ValidationReport): Table {
  return {
    titles: ['MODEL', 'NEED', 'VERDICT', 'LATENCY', 'REASON'],
    rows: models.map((result) => [
      { text: result.model },
      { text: need(result) },
      verdictCell(result),
      { text: result.verdict === 'skipped' ? '' : duration(result.latency_ms) },
      { text: result.reason ?? '' },
    ]),
  };
}

/** One finished model in one line, for a log. */
export function resultLine(result: ModelReport): string {
  const { model, verdict, latency_ms, reason } = result;
  const glyph = glyphOf(verdict);
  const line = `${glyph} ${model}: ${verdict} (${need(result)}, ${duration(latency_ms)})`;
  return (reason === undefined ? line : `${line}: ${reason}`).replaceAll(/\s+/g, ' ');
}

function need({ required }: ModelReport): string {
  return required ? 'required' : 'optional';
}

function verdictCell({ verdict, required }: ModelReport): Cell {
  const cell = { text: verdict, glyph: glyphOf(verdict) };
  if (verdict === 'pass') return { ...cell, tone: 'good' };
  if (verdict === 'skipped') return { ...cell, tone: 'quiet' };
  return { ...cell, tone: required ? 'bad' : 'warning' };
}

function glyphOf(verdict: Verdict): string {
  if (verdict === 'pass') return '✓';
  return verdict === 'skipped' ? '-' : '✗';
}
