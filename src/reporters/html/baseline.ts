import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import type { Comparison } from '../../core/validation/report.ts';
import { verdictText, wasAsked } from '../text.ts';
import { badge } from './badge.ts';
import { card, cards } from './cards.ts';
import { figure, html, type Markup } from './elements.ts';

const TITLES = ['Model', 'Change', 'Before', 'Now', 'What changed'];

const SIGNS = {
  worse: ['▼', 'bad'],
  better: ['▲', 'good'],
  same: ['=', 'quiet'],
  new: ['+', 'quiet'],
} as const satisfies Record<Comparison['change'], readonly [glyph: string, tone: string]>;

/** What an earlier run found beside what this one did; nothing where there is no baseline. */
export function baselineSection({ models }: JudgedReport): Markup {
  const rows = models.flatMap((model) => (model.baseline ? [row(model, model.baseline)] : []));
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="baseline">
    <h2 id="baseline">Against the baseline</h2>
    ${cards('Against the baseline', TITLES, rows)}
  </section>`;
}

function row(model: JudgedModel, { change, reasons, verdict, latency_ms }: Comparison): Markup {
  const [glyph, tone] = SIGNS[change];
  const before = verdict && found(verdictText({ verdict, flaky: false }), latency_ms);
  const now = found(verdictText(model), wasAsked(model) ? model.latency_ms : undefined);
  return card(html`<code>${model.model}</code>`, TITLES, [
    badge(glyph, change, tone),
    before,
    now,
    list(reasons),
  ]);
}

function found(verdict: string, latency_ms: number | undefined): string {
  return latency_ms === undefined ? verdict : `${verdict}, ${figure(latency_ms)}`;
}

function list(reasons: string[]): Markup | undefined {
  if (reasons.length === 0) return undefined;
  const items = reasons.map((reason) => html`<li>${reason}</li>`);
  return html`<ul class="reasons">
    ${items}
  </ul>`;
}
