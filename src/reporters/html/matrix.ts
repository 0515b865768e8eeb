import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import type { ProbeName } from '../../core/validation/report.ts';
import { probeBadge } from './badge.ts';
import { html, type Markup } from './elements.ts';

/** Models by probes. Where it is wider than the page it scrolls by itself, by the keyboard too. */
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
          ${models.map((model) => row(model, probes))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row({ model, probes }: JudgedModel, names: readonly ProbeName[]): Markup {
  const cells = names.map((name) => {
    const probe = probes.find((one) => one.probe === name);
    return html`<td>${probe && probeBadge(probe)}</td>`;
  });
  return html`<tr>
    <th scope="row"><code>${model}</code></th>
    ${cells}
  </tr>`;
}
