import { createHash } from 'node:crypto';
import type { JudgedReport } from '../../core/validation/judge.ts';
import { formatDuration, headline, worstFirst } from '../verdict-text.ts';
import { html, type Markup } from './elements.ts';
import { type Detail, detailsFit, detailsSection, matrixSection } from './sections.ts';
import { STYLE } from './style.ts';

/** Bytes: a browser shows a larger page slowly, and many mail servers refuse it. */
const LARGEST = 2_000_000;

/** From everything to the least; the first that fits is shown. */
const DETAILS: readonly [Detail, ...Detail[]] = [
  { reason: 2000, findings: Infinity, checks: true, models: 'all' },
  { reason: 300, findings: Infinity, checks: false, models: 'all' },
  { reason: 300, findings: 3, checks: false, models: 'not passed' },
  { reason: 100, findings: 1, checks: false, models: 'not passed' },
  { reason: 100, findings: 0, checks: false, models: 'not passed' },
  { reason: 100, findings: 0, checks: false, models: 'none' },
];

/**
 * A self-contained page without fonts and requests, the failures first. It filters by outcome without a
 * script, and by text with one. It supports narrow screens, light and dark mode, printing and screen
 * readers. Below 2 MB also for 1,000 models: what does not fit is left out, and the page says so.
 */
export function validationHtml(report: JudgedReport): string {
  const sorted = { ...report, models: worstFirst(report.models) };
  let text = '';
  for (const detail of DETAILS) {
    // A page that is too large for its details alone is not made: it takes several times its size.
    if (detail.models !== 'none' && !detailsFit(sorted, detail, LARGEST)) continue;
    text = `<!doctype html>\n${page(sorted, detail).markup}\n`;
    if (Buffer.byteLength(text) < LARGEST) break;
  }
  return text;
}

/** Shows the models whose name or details contain every word that was typed. */
const SCRIPT = `
{
  const field = document.getElementById('words');
  field.parentElement.hidden = false;
  field.oninput = () => {
    const words = field.value.toLowerCase().split(/\\s+/);
    for (const row of document.querySelectorAll('tbody tr')) {
      const link = row.querySelector('a');
      const details = link && document.querySelector(link.hash).parentElement;
      const text = (row.textContent + (details ? details.textContent : '')).toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (details) details.hidden = row.hidden;
    }
  };
}
`;

/** The policy allows this script alone, byte for byte. */
const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64');

/** Text from outside is escaped; if that failed, this policy would still block scripts and requests. */
const POLICY =
  `default-src 'none'; script-src 'sha256-${SCRIPT_HASH}'; style-src 'unsafe-inline'; ` +
  "base-uri 'none'; form-action 'none'";

function page(report: JudgedReport, detail: Detail): Markup {
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
      <meta name="color-scheme" content="light dark" />
      <title>${headline(report)} · ${new URL(report.endpoint).host}</title>
      <style>
        ${{ markup: STYLE }}
      </style>
    </head>
    <body>
      ${header(report)}
      <main>${matrixSection(report, detail)} ${detailsSection(report, detail)}</main>
      ${footer(report, detail)} ${{ markup: `<script>${SCRIPT}</script>` }}
    </body>
  </html>`;
}

function header(report: JudgedReport): Markup {
  const { endpoint, started_at, duration_ms, seed, summary, stopped_by, error } = report;
  const iso = new Date(started_at).toISOString();
  const stop = stopped_by === 'error' && error ? error.message : undefined;
  const bad = summary.required_failed > 0 || stop !== undefined;
  return html`<header>
    <h1>Model validation</h1>
    <p class="headline ${bad ? 'bad' : 'good'}">${bad ? '✗' : '✓'} ${headline(report)}</p>
    ${stop !== undefined && html`<p>${stop}</p>`}
    <p class="quiet">
      <code>${endpoint}</code>, <time datetime="${iso}">${readable(iso)}</time>, in
      ${formatDuration(duration_ms)}, seed <code>${seed}</code>
    </p>
    <fieldset>
      <legend>Show</legend>
      ${filters(report).map(
        ([id, name, count]) =>
          html`<label>
            <input type="radio" name="show" id="${id}" ${id === 'all' && CHECKED} /> ${name}
            <b>${count}</b>
          </label>`,
      )}
      <label hidden>
        Words <input type="search" id="words" placeholder="a model, a probe, a reason" />
      </label>
    </fieldset>
  </header>`;
}

const CHECKED = html`checked`;

/** The outcomes by which the style sheet filters, each with its number of models. */
function filters({ models, summary }: JudgedReport): [id: string, name: string, count: number][] {
  const withOutcome = (wanted: string) => models.filter(({ outcome }) => outcome === wanted).length;
  return [
    ['all', 'All', models.length],
    ['failed', 'Failed', withOutcome('failed')],
    ['excused', 'Excused', withOutcome('excused')],
    ['warned', 'With warnings', summary.warned],
    ['uneven', 'Flaky', summary.flaky],
    ['passed', 'Passed', withOutcome('passed')],
    ['skipped', 'Not asked', withOutcome('skipped')],
  ];
}

function footer({ tokens, rate_limited_ms }: JudgedReport, detail: Detail): Markup {
  const { prompt_tokens, completion_tokens } = tokens;
  return html`<footer>
    <p>
      Tokens spent: ${prompt_tokens} in questions, ${completion_tokens} in
      answers.${
        rate_limited_ms > 0 && ` Waited ${formatDuration(rate_limited_ms)} because of rate limits.`
      }
    </p>
    ${detail !== DETAILS[0] && html`<p>${leftOut(detail)}</p>`}
    <p>
      A failure is excused when the model is optional, when it is known, or when it is no worse than
      the baseline. Made by qwen-demo validate-models.
    </p>
  </footer>`;
}

function leftOut({ reason, findings, models }: Detail): string {
  const shown = {
    all: '',
    'not passed': ' Only models that did not pass have details.',
    none: ' No model has details.',
  }[models];
  const few =
    findings < Infinity ? ` At most ${findings} of the findings of a probe are shown.` : '';
  return (
    'To stay below 2 MB, this page does not name the checks that passed, and shows at most ' +
    `${reason} characters of a reason.${few}${shown} The report of --report json is complete.`
  );
}

/** `2026-11-23 14:05 UTC` */
const readable = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
