import type { JudgedModel, JudgedReport } from '../core/validation/judge.ts';
import type { ProbeName, ProbeReport } from '../core/validation/report.ts';
import { sanitize } from '../terminal/sanitize.ts';
import {
  clip,
  formatDuration,
  headline,
  isSlower,
  judgedFailureText,
  requirement,
  toneOf,
  verdictText,
  wasAsked,
  worstFirst,
} from './verdict-text.ts';

const SIGNS = { passed: '✅', failed: '❌', excused: '⚠️', skipped: '➖' } as const;

const PROBE_SIGNS = { good: '✅', bad: '❌', warning: '⚠️', quiet: '➖' } as const;

const TITLES = ['Model', 'Need', 'Verdict', 'Latency', 'First token', 'Why'];

/** UTF-16 code units of a reason: a cell is no place for more. */
const LONGEST_REASON = 1000;

/** The lines of one model: in the table of verdicts, and in the matrix of probes, if there is one. */
interface Rows {
  verdict: string;
  probes: string;
}

/**
 * GitHub-flavored Markdown: the result, a table of models, and the matrix of their probes. The worst
 * models come first.
 * @param most the largest size in bytes of UTF-8: if it is too small for all models, the worst that
 *   fit are shown and the others counted. Empty when it is too small even for the result
 */
export function validationMarkdown(report: JudgedReport, most = Infinity): string {
  const rows = worstFirst(report.models).map((model) => ({
    verdict: line(row(model)),
    probes: report.probes.length > 1 ? line(matrixRow(model, report.probes)) : '',
  }));
  const whole = document(report, rows);
  if (Buffer.byteLength(whole) <= most) return whole;
  let space = most - Buffer.byteLength(document(report, []));
  if (space < 0) return '';
  const shown = rows.findIndex(({ verdict, probes }) => {
    space -= Buffer.byteLength(`${verdict}\n${probes}\n`);
    return space < 0;
  });
  return document(report, rows.slice(0, shown));
}

function document(report: JudgedReport, rows: readonly Rows[]): string {
  const { endpoint, duration_ms, seed, probes, models, stopped_by, error } = report;
  const left_out = models.length - rows.length;
  const sections = [
    `## Models: ${headline(report)}`,
    ...(stopped_by === 'error' && error ? [code(error.message)] : []),
    `${code(endpoint)}, ${formatDuration(duration_ms)}, seed ${code(seed)}`,
    table(
      TITLES,
      rows.map(({ verdict }) => verdict),
    ),
    ...(probes.length > 1
      ? [
          table(
            ['Model', ...probes],
            rows.map((each) => each.probes),
          ),
        ]
      : []),
    ...(left_out > 0
      ? [`${left_out} of ${models.length} models are not shown here, because the size is limited.`]
      : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function row(model: JudgedModel): string[] {
  const { first_token_ms, latency_ms, probes } = model;
  const asked = probes.some(wasAsked);
  return [
    code(model.model),
    requirement(model),
    `${model.outcome === 'passed' && model.verdict === 'warn' ? '⚠️' : SIGNS[model.outcome]} ${verdictText(model, isSlower(model))}`,
    asked ? formatDuration(latency_ms) : '',
    first_token_ms === undefined ? '' : formatDuration(first_token_ms),
    code(clip(judgedFailureText(model), LONGEST_REASON)),
  ];
}

function matrixRow(model: JudgedModel, names: readonly ProbeName[]): string[] {
  const cells = names.map((name) => cell(model.probes.find(({ probe }) => probe === name)));
  return [code(model.model), ...cells];
}

function cell(probe: ProbeReport | undefined): string {
  if (probe === undefined || !wasAsked(probe)) return '–';
  return `${PROBE_SIGNS[toneOf(probe)]} ${verdictText(probe)}`;
}

function table(titles: readonly string[], rows: readonly string[]): string {
  return [line(titles), line(titles.map(() => '---')), ...rows].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
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
