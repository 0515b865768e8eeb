import type { JudgedModel } from '../../core/validation/judge.ts';
import type { ProbeReport } from '../../core/validation/report.ts';
import { sanitize } from '../../terminal/sanitize.ts';
import {
  formatDuration,
  glyphOf,
  judgedVerdictCell,
  verdictText,
  wasAsked,
} from '../verdict-text.ts';

/** Safe markup: only `html` creates it, never from raw text. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | readonly Markup[] | string | number | undefined | false;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose parts are escaped, for text and quoted attributes alike, unless they are markup. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  const markup = strings.map((text, index) => text + render(parts[index])).join('');
  return { markup };
}

/** Milliseconds in words with a no-break space between number and unit. */
export function compactDuration(ms: number): string {
  return formatDuration(ms).replace(' ', '\u00A0');
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(({ markup }) => markup).join('\n');
}

function escape(text: string): string {
  return sanitize(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A verdict as a word with a sign; the color only repeats them. */
export function modelBadge(model: JudgedModel): Markup {
  const { text, glyph = '', tone } = judgedVerdictCell(model);
  return badge(glyph, text, tone ?? 'quiet');
}

export function probeBadge(probe: ProbeReport): Markup {
  const { verdict, flaky } = probe;
  const tone = !wasAsked(probe) ? 'quiet' : verdict !== 'pass' ? 'bad' : flaky ? 'warning' : 'good';
  return badge(glyphOf(probe), verdictText(probe), tone);
}

export function badge(glyph: string, text: string, tone: string): Markup {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${glyph}</span> ${text}</span>`;
}

/** The content of a cell; an undefined one is empty, and hidden on a phone. */
type Content = Markup | string | undefined;

/**
 * A table whose rows become cards on a phone. The roles are explicit because several screen readers do
 * not announce a table whose layout is blocks.
 */
export function cards(label: string, titles: readonly string[], rows: readonly Markup[]): Markup {
  const heads = titles.map((title) => html`<th role="columnheader" scope="col">${title}</th>`);
  return html`<table class="cards" role="table" aria-label="${label}">
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

/** One row: its name, and a cell for every further title; the last one holds sentences. */
export function card(
  name: Markup | string,
  titles: readonly string[],
  contents: readonly Content[],
): Markup {
  const last = titles.length - 1;
  const cells = titles.slice(1).map((title, index) => {
    const content = contents[index];
    const kind = index + 1 === last ? 'words' : 'figures';
    return html`<td role="cell" class="${kind}" data-title="${title}">${content}</td>`;
  });
  return html`<tr role="row">
    <th role="rowheader" scope="row">${name}</th>
    ${cells}
  </tr>`;
}
