import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import { duration } from '../duration.ts';
import { wasAsked } from '../text.ts';
import { html, type Markup } from './elements.ts';

/** A bar a model, the first token within it, the baseline as a mark; the same in words beside it. */
export function latencySection({ models }: JudgedReport): Markup {
  const measured = models.filter(({ probes }) => probes.some(wasAsked));
  if (measured.length === 0) return html``;
  const longest = Math.max(
    ...measured.flatMap(({ latency_ms, baseline }) => [latency_ms, baseline?.latency_ms ?? 0]),
    1,
  );
  const compared = measured.some(({ baseline }) => baseline?.latency_ms !== undefined);
  return html`<section aria-labelledby="latency">
    <h2 id="latency">Latency</h2>
    <p class="legend" aria-hidden="true">
      <span>${swatch('first')}to the first token</span>
      <span>${swatch('bar')}to the end of the answer</span>
      ${compared && html`<span>${swatch('before')}baseline</span>`}
    </p>
    <ul class="bars">
      ${measured.map((model) => bar(model, longest))}
    </ul>
  </section>`;
}

function swatch(kind: string): Markup {
  return html`<svg viewBox="0 0 10 10"><path class="${kind}" d="M5 0v10" /></svg>`;
}

function bar(model: JudgedModel, longest: number): Markup {
  const { latency_ms, first_token_ms, baseline } = model;
  const share = (ms: number) => ((Math.min(ms, longest) / longest) * 1000).toFixed(1);
  const before = baseline?.latency_ms;
  return html`<li>
    <span class="name"><code>${model.model}</code></span>
    <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      <path class="bar" d="M0 5h${share(latency_ms)}" />
      ${first_token_ms !== undefined && html`<path class="first" d="M0 5h${share(first_token_ms)}" />`}
      ${before !== undefined && html`<path class="before" d="M${share(before)} 0v10" />`}
    </svg>
    <span class="figures">${figures(model)}</span>
  </li>`;
}

function figures({ latency_ms, first_token_ms, tokens_per_second, baseline }: JudgedModel): string {
  const facts = [
    duration(latency_ms),
    first_token_ms === undefined ? '' : `first token after ${duration(first_token_ms)}`,
    tokens_per_second === undefined ? '' : `${tokens_per_second.toFixed(0)} tokens a second`,
    baseline?.latency_ms === undefined ? '' : `baseline ${duration(baseline.latency_ms)}`,
  ];
  return facts.filter((fact) => fact !== '').join(', ');
}
