import type { Comparison } from '../../core/validation/baseline.ts';
import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import type { ProbeReport, Spread } from '../../core/validation/report.ts';
import {
  clip,
  findingsOf,
  formatDuration,
  glyphOf,
  isFailure,
  notesOf,
  requirement,
  servedText,
  toneOf,
  verdictText,
  wasAsked,
} from '../verdict-text.ts';
import { compactDuration, html, type Markup, modelBadge, verdictCell } from './elements.ts';

/** How much a page shows of each model. */
export interface Detail {
  /** Characters of a reason. */
  reason: number;
  /** Whether checks that passed are named. */
  checks: boolean;
  /** Findings of one probe that are shown; the others are counted. */
  findings: number;
  /** The models that have a list of their probes. */
  models: 'all' | 'not passed' | 'none';
}

/** The classes of a model by which the page filters. */
function classOf({ outcome, flaky, verdict }: JudgedModel): string {
  return [outcome, flaky ? 'uneven' : '', verdict === 'warn' ? 'warned' : '']
    .filter(Boolean)
    .join(' ');
}

function hasDetails(model: JudgedModel, { models }: Detail): boolean {
  if (models !== 'not passed') return models === 'all';
  return model.outcome !== 'passed' || model.flaky || model.verdict === 'warn';
}

/** Models by probes. A wide table scrolls inside the page, also by keyboard. */
export function matrixSection({ models, probes }: JudgedReport, detail: Detail): Markup {
  const longest = Math.max(1, ...models.map(({ latency_ms }) => latency_ms));
  return html`<section aria-labelledby="matrix">
    <h2 id="matrix">Models and probes</h2>
    <div class="wide" role="region" aria-labelledby="matrix" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Need</th>
            <th scope="col">Verdict</th>
            <th scope="col">Latency</th>
            <th scope="col">First token</th>
            ${probes.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${models.map((model, index) => {
            const name = html`<code>${model.model}</code>`;
            const linked = hasDetails(model, detail)
              ? html`<a href="#m${index}">${name}</a>`
              : name;
            return html`<tr class="${classOf(model)}">
              <th scope="row">${linked}</th>
              <td>${requirement(model)}</td>
              <td>${modelBadge(model)}</td>
              ${timeCells(model, longest)}
              ${probes.map((each) => verdictCell(model.probes.find(({ probe }) => probe === each)))}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;
}

/** A bar behind each figure shows its share of the longest latency. */
function timeCells({ latency_ms, first_token_ms, probes }: JudgedModel, longest: number): Markup[] {
  const cell = (ms: number | undefined) =>
    ms === undefined
      ? html`<td></td>`
      : html`<td class="bar" style="--w:${Math.round((100 * ms) / longest)}%">
          ${compactDuration(ms)}
        </td>`;
  return [cell(probes.some(wasAsked) ? latency_ms : undefined), cell(first_token_ms)];
}

/** All figures and reasons of each model, collapsed; those of a failed model are expanded. */
export function detailsSection({ models }: JudgedReport, detail: Detail): Markup {
  return html`<section aria-labelledby="details">
    <h2 id="details">Details</h2>
    ${models.map((model, index) =>
      hasDetails(model, detail) ? details(model, index, detail) : html``,
    )}
  </section>`;
}

/** Whether the details of all models are smaller than `most` bytes. Ends where they are not. */
export function detailsFit({ models }: JudgedReport, detail: Detail, most: number): boolean {
  let size = 0;
  return models.every((model, index) => {
    if (!hasDetails(model, detail)) return true;
    size += Buffer.byteLength(details(model, index, detail).markup);
    return size < most;
  });
}

function details(model: JudgedModel, index: number, detail: Detail): Markup {
  const asked = model.probes.filter((probe) => wasAsked(probe) || isFailure(probe));
  const facts = [
    requirement(model),
    model.served.length > 0 ? `served by ${servedText(model)}` : undefined,
    // A limit can fail a model although all its probes pass.
    asked.some(({ verdict }) => verdict !== 'pass') ? undefined : model.reason,
    ...notesOf(model),
    model.baseline && against(model.baseline),
  ];
  return html`<details class="${classOf(model)}" ${model.outcome === 'failed' && OPEN}>
    <summary><code>${model.model}</code> ${modelBadge(model)}</summary>
    <ul id="m${index}">
      <li class="quiet">${join(facts)}</li>
      ${asked.map((probe) => probeItem(probe, detail))}
    </ul>
  </details>`;
}

const OPEN = html`open`;

function probeItem(probe: ProbeReport, detail: Detail): Markup {
  const { verdict, repeats, attempts, latency_ms, first_token_ms, checks } = probe;
  const rate = (value: number) => `${value.toFixed(0)} tokens/s`;
  const passed = checks.filter((check) => check.verdict === 'pass');
  const facts = [
    verdict === 'pass' && !probe.flaky ? undefined : verdictText(probe),
    measured(latency_ms, repeats?.latency_ms, formatDuration),
    measured(first_token_ms, repeats?.first_token_ms, formatDuration, 'first token '),
    measured(probe.tokens_per_second, repeats?.tokens_per_second, rate),
    repeats && `${repeats.passed} of ${repeats.count} passed`,
    attempts > (repeats?.count ?? 1) ? `${attempts} attempts` : undefined,
    checks.length > 0 ? `${passed.length} of ${checks.length} checks` : undefined,
  ];
  const head = `${glyphOf(probe)} ${probe.probe}: ${join(facts)}`;
  const named = detail.checks ? passed.map(({ check }) => html`<li>${check}</li>`) : [];
  const before = verdict === 'pass' && probe.reason ? [`before: ${probe.reason}`] : [];
  const findings = findingsOf(probe);
  const left = findings.length - detail.findings;
  const items = [
    ...[
      ...before,
      ...findings.slice(0, detail.findings),
      ...(left > 0 ? [`${left} more`] : []),
    ].map((finding) => html`<li class="${toneOf(probe)}">${clip(finding, detail.reason)}</li>`),
    ...named,
  ];
  return items.length === 0
    ? html`<li>${head}</li>`
    : html`<li>
        ${head}
        <ul>
          ${items}
        </ul>
      </li>`;
}

function against({ change, reasons, verdict, latency_ms }: Comparison): string {
  if (change === 'new') return 'not in the baseline';
  const before = join([verdict, latency_ms === undefined ? undefined : formatDuration(latency_ms)]);
  const better = change === 'better' ? `: ${reasons.join('; ')}` : '';
  return `${change === 'same' ? 'the same as' : `${change} than`} in the baseline${better} (before: ${before})`;
}

function join(facts: readonly (string | undefined)[]): string {
  return facts.filter((fact) => fact !== undefined && fact !== '').join(', ');
}

/** A figure, with its minimum and maximum when it was measured more than once. */
function measured(
  value: number | undefined,
  spread: Spread | undefined,
  words: (value: number) => string,
  name = '',
): string | undefined {
  if (value === undefined) return undefined;
  if (spread === undefined) return `${name}${words(value)}`;
  return `${name}${words(value)} (${words(spread.min)} – ${words(spread.max)})`;
}
