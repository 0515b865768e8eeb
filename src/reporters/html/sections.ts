import type { Comparison } from '../../core/validation/baseline.ts';
import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import type { ProbeName, ProbeReport, Spread } from '../../core/validation/report.ts';
import {
  formatDuration,
  isSlower,
  judgedFailureText,
  requirement,
  verdictText,
  wasAsked,
} from '../verdict-text.ts';
import {
  badge,
  card,
  cards,
  compactDuration,
  html,
  type Markup,
  modelBadge,
  probeBadge,
} from './elements.ts';

const VERDICT_TITLES = ['Model', 'Need', 'Verdict', 'Latency', 'First token', 'Why'];

export function verdictsSection({ models }: JudgedReport): Markup {
  return html`<section aria-labelledby="verdicts">
    <h2 id="verdicts">Verdicts</h2>
    ${cards('Verdicts', VERDICT_TITLES, models.map(verdictRow))}
  </section>`;
}

function verdictRow(model: JudgedModel): Markup {
  const { first_token_ms, latency_ms, probes } = model;
  return card(html`<code>${model.model}</code>`, VERDICT_TITLES, [
    requirement(model),
    modelBadge(model),
    probes.some(wasAsked) ? compactDuration(latency_ms) : undefined,
    first_token_ms === undefined ? undefined : compactDuration(first_token_ms),
    judgedFailureText(model),
  ]);
}

/** Models by probes. A wide table scrolls inside the page, also by keyboard. */
export function matrixSection({ models, probes }: JudgedReport): Markup {
  return html`<section aria-labelledby="matrix">
    <h2 id="matrix">Probes</h2>
    <div class="wide" role="region" aria-labelledby="matrix" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            ${probes.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${models.map((model) => matrixRow(model, probes))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function matrixRow({ model, probes }: JudgedModel, names: readonly ProbeName[]): Markup {
  const cells = names.map((name) => {
    const probe = probes.find((one) => one.probe === name);
    return html`<td>${probe && probeBadge(probe)}</td>`;
  });
  return html`<tr>
    <th scope="row"><code>${model}</code></th>
    ${cells}
  </tr>`;
}

/** A bar for each model with the first token and the baseline as marks; the same in words beside it. */
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
    formatDuration(latency_ms),
    first_token_ms === undefined ? '' : `first token after ${formatDuration(first_token_ms)}`,
    tokens_per_second === undefined ? '' : `${tokens_per_second.toFixed(0)} tokens per second`,
    baseline?.latency_ms === undefined ? '' : `baseline ${formatDuration(baseline.latency_ms)}`,
  ];
  return facts.filter((fact) => fact !== '').join(', ');
}

const BASELINE_TITLES = ['Model', 'Change', 'Before', 'Now', 'What changed'];

const SIGNS = {
  worse: ['▼', 'bad'],
  better: ['▲', 'good'],
  same: ['=', 'quiet'],
  new: ['+', 'quiet'],
} as const satisfies Record<Comparison['change'], readonly [glyph: string, tone: string]>;

/** The results of the baseline beside those of this run; empty without a baseline. */
export function baselineSection({ models }: JudgedReport): Markup {
  const rows = models.flatMap((model) =>
    model.baseline ? [baselineRow(model, model.baseline)] : [],
  );
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="baseline">
    <h2 id="baseline">Against the baseline</h2>
    ${cards('Against the baseline', BASELINE_TITLES, rows)}
  </section>`;
}

function baselineRow(
  model: JudgedModel,
  { change, reasons, verdict, latency_ms }: Comparison,
): Markup {
  const [glyph, tone] = SIGNS[change];
  const before = verdict && found(verdictText({ verdict, flaky: false }), latency_ms);
  const now = found(
    verdictText(model, isSlower(model)),
    wasAsked(model) ? model.latency_ms : undefined,
  );
  return card(html`<code>${model.model}</code>`, BASELINE_TITLES, [
    badge(glyph, change, tone),
    before,
    now,
    list(reasons),
  ]);
}

function found(verdict: string, latency_ms: number | undefined): string {
  return latency_ms === undefined ? verdict : `${verdict}, ${compactDuration(latency_ms)}`;
}

function list(reasons: string[]): Markup | undefined {
  if (reasons.length === 0) return undefined;
  const items = reasons.map((reason) => html`<li>${reason}</li>`);
  return html`<ul class="reasons">
    ${items}
  </ul>`;
}

const DETAIL_TITLES = ['Probe', 'Verdict', 'Latency', 'First token', 'Tokens/s', 'Attempts', 'Why'];

/** All figures, collapsed; those of a failed model are expanded. */
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
    <div>${cards(`Probes of ${model.model}`, DETAIL_TITLES, asked.map(detailRow))}</div>
  </details>`;
}

function detailRow(probe: ProbeReport): Markup {
  const { attempts, reason, repeats, latency_ms, first_token_ms, tokens_per_second } = probe;
  const rounded = (value: number) => value.toFixed(0);
  return card(probe.probe, DETAIL_TITLES, [
    probeBadge(probe),
    measured(latency_ms, repeats?.latency_ms, compactDuration),
    measured(first_token_ms, repeats?.first_token_ms, compactDuration),
    measured(tokens_per_second, repeats?.tokens_per_second, rounded),
    repeats ? `${attempts}, ${repeats.passed} of ${repeats.count} passed` : String(attempts),
    reason,
  ]);
}

/** A figure, with its minimum and maximum when it was measured more than once. */
function measured(
  value: number | undefined,
  spread: Spread | undefined,
  words: (value: number) => string,
): string | undefined {
  if (value === undefined) return undefined;
  if (spread === undefined) return words(value);
  return `${words(value)} (${words(spread.min)} – ${words(spread.max)})`;
}
