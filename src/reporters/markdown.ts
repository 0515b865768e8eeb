import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import type { ProbeReport } from '../core/validation/report.ts';
import { sanitize } from '../terminal/sanitize.ts';
import {
  formatDuration,
  headline,
  isSlower,
  judgedFailureText,
  requirement,
  verdictText,
  wasAsked,
} from './verdict-text.ts';

const SIGNS = { passed: '✅', failed: '❌', excused: '⚠️', skipped: '➖' } as const;

/** GitHub-flavored Markdown: the result, a table of models, and the matrix of their probes. */
export function validationMarkdown(report: JudgedReport): string {
  const { models, endpoint, duration_ms } = report;
  const sections = [
    `## Models: ${headline(report)}`,
    `${code(endpoint)}, ${formatDuration(duration_ms)}`,
    table(['Model', 'Need', 'Verdict', 'Latency', 'First token', 'Why'], models.map(row)),
    ...(report.probes.length > 1 ? [matrix(report)] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function row(model: JudgedModel): string[] {
  const { first_token_ms, latency_ms, probes } = model;
  const asked = probes.some(wasAsked);
  return [
    code(model.model),
    requirement(model),
    `${SIGNS[model.outcome]} ${verdictText(model, isSlower(model))}`,
    asked ? formatDuration(latency_ms) : '',
    first_token_ms === undefined ? '' : formatDuration(first_token_ms),
    code(judgedFailureText(model)),
  ];
}

function matrix({ models, probes }: JudgedReport): string {
  const rows = models.map((model) => [
    code(model.model),
    ...probes.map((name) => cell(model.probes.find(({ probe }) => probe === name))),
  ]);
  return table(['Model', ...probes], rows);
}

function cell(probe: ProbeReport | undefined): string {
  if (probe === undefined || !wasAsked(probe)) return '–';
  return `${probe.verdict === 'pass' ? '✅' : '❌'} ${verdictText(probe)}`;
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Words from outside as a code span: no markup, mention, link or HTML comes out of it. The fence is
 * longer than any within, and a bar would end the cell even there.
 */
function code(text: string): string {
  const safe = sanitize(text.replaceAll(/\s+/g, ' ').trim()).replaceAll('|', String.raw`\|`);
  if (safe === '') return '';
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${safe}${fence}` : `${fence} ${safe} ${fence}`;
}
