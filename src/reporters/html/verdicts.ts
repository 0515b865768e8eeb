import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import { need, reasonOf, wasAsked } from '../text.ts';
import { modelBadge } from './badge.ts';
import { card, cards } from './cards.ts';
import { figure, html, type Markup } from './elements.ts';

const TITLES = ['Model', 'Need', 'Verdict', 'Latency', 'First token', 'Why'];

export function verdictsSection({ models }: JudgedReport): Markup {
  return html`<section aria-labelledby="verdicts">
    <h2 id="verdicts">Verdicts</h2>
    ${cards('Verdicts', TITLES, models.map(row))}
  </section>`;
}

function row(model: JudgedModel): Markup {
  const { first_token_ms, latency_ms, probes } = model;
  return card(html`<code>${model.model}</code>`, TITLES, [
    need(model),
    modelBadge(model),
    probes.some(wasAsked) ? figure(latency_ms) : undefined,
    first_token_ms === undefined ? undefined : figure(first_token_ms),
    reasonOf(model),
  ]);
}
