import type { JudgedReport } from '../../core/validation/judge.ts';
import { formatDuration, headline } from '../verdict-text.ts';
import { html, type Markup } from './elements.ts';
import {
  baselineSection,
  detailsSection,
  latencySection,
  matrixSection,
  verdictsSection,
} from './sections.ts';
import { STYLE } from './style.ts';

/**
 * A self-contained page without scripts, fonts and requests. It supports narrow screens, light and dark
 * mode, printing and screen readers.
 */
export function validationHtml(report: JudgedReport): string {
  return `<!doctype html>\n${page(report).markup}\n`;
}

/** Text from outside is escaped; if that failed, this policy would still block scripts and requests. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

function page(report: JudgedReport): Markup {
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
      <main>
        ${verdictsSection(report)} ${matrixSection(report)} ${latencySection(report)}
        ${baselineSection(report)} ${detailsSection(report)}
      </main>
      ${footer(report)}
    </body>
  </html>`;
}

function header(report: JudgedReport): Markup {
  const { endpoint, started_at, duration_ms, summary } = report;
  const iso = new Date(started_at).toISOString();
  const bad = summary.required_failed > 0;
  return html`<header>
    <h1>Model validation</h1>
    <p class="headline ${bad ? 'bad' : 'good'}">${bad ? '✗' : '✓'} ${headline(report)}</p>
    <p class="quiet">
      <code>${endpoint}</code>, <time datetime="${iso}">${readable(iso)}</time>, in
      ${formatDuration(duration_ms)}
    </p>
    <dl class="counts">
      ${counts(report).map(
        ([name, count]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${count}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

function counts({ models, summary }: JudgedReport): [name: string, count: number][] {
  const withOutcome = (wanted: string) => models.filter(({ outcome }) => outcome === wanted).length;
  return [
    ['Passed', withOutcome('passed')],
    ['Failed', withOutcome('failed')],
    ['Excused', withOutcome('excused')],
    ['Flaky', summary.flaky],
    ['Not asked', withOutcome('skipped')],
  ];
}

function footer({ tokens, rate_limited_ms }: JudgedReport): Markup {
  const { prompt_tokens, completion_tokens } = tokens;
  return html`<footer>
    <p>
      Tokens spent: ${prompt_tokens} in questions, ${completion_tokens} in
      answers.${
        rate_limited_ms > 0 && ` Waited ${formatDuration(rate_limited_ms)} because of rate limits.`
      }
    </p>
    <p>
      A failure is excused when the model is optional, when it is known, or when it is no worse than
      the baseline. Made by qwen-demo validate-models.
    </p>
  </footer>`;
}

/** `2026-11-23 14:05 UTC` */
const readable = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
