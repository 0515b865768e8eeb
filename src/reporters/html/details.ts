import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import type { ProbeReport, Spread } from '../../core/validation/report.ts';
import { wasAsked } from '../text.ts';
import { modelBadge, probeBadge } from './badge.ts';
import { card, cards } from './cards.ts';
import { figure, html, type Markup } from './elements.ts';

const TITLES = ['Probe', 'Verdict', 'Latency', 'First token', 'Tokens/s', 'Tries', 'Why'];

/** All figures, folded away; those of a model that failed are open. */
export function detailsSection({ models }: JudgedReport): Markup {
  return html`<section aria-labelledby="details">
    <h2 id="details">Every probe</h2>
    ${models.map(detail)}
  </section>`;
}

function detail(model: JudgedModel): Markup {
  const asked = model.probes.filter(wasAsked);
  if (asked.length === 0) return html``;
  const open = html`open`;
  return html`<details ${model.outcome === 'failed' && open}>
    <summary><code>${model.model}</code> ${modelBadge(model)}</summary>
    <div>${cards(`Probes of ${model.model}`, TITLES, asked.map(row))}</div>
  </details>`;
}

function row(probe: ProbeReport): Markup {
  const { attempts, reason, repeats, latency_ms, first_token_ms, tokens_per_second } = probe;
  const rounded = (value: number) => value.toFixed(0);
  return card(probe.probe, TITLES, [
    probeBadge(probe),
    measured(latency_ms, repeats?.latency_ms, figure),
    measured(first_token_ms, repeats?.first_token_ms, figure),
    measured(tokens_per_second, repeats?.tokens_per_second, rounded),
    repeats ? `${attempts}, ${repeats.passed} of ${repeats.count} passed` : String(attempts),
    reason,
  ]);
}

/** A figure, and from where to where it went when it was measured more than once. */
function measured(
  value: number | undefined,
  spread: Spread | undefined,
  words: (value: number) => string,
): string | undefined {
  if (value === undefined) return undefined;
  if (spread === undefined) return words(value);
  return `${words(value)} (${words(spread.min)} – ${words(spread.max)})`;
}
