import type { JudgedModel } from '../../core/validation/judge.ts';
import type { ProbeReport } from '../../core/validation/report.ts';
import { sanitize } from '../../terminal/sanitize.ts';
import {
  formatDuration,
  glyphOf,
  isFailure,
  judgedVerdictCell,
  toneOf,
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

/** The literal parts of each template without indentation, which is a third of a page of 1,000 models. */
const TEXTS = new WeakMap<TemplateStringsArray, readonly string[]>();

/** A template whose parts are escaped, for text and quoted attributes alike, unless they are markup. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  const texts = TEXTS.get(strings) ?? strings.map((text) => text.replaceAll(/\s+/g, ' '));
  TEXTS.set(strings, texts);
  const markup = texts.map((text, index) => text + render(parts[index])).join('');
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
  return html`<b class="badge ${tone ?? 'quiet'}"><i aria-hidden="true">${glyph}</i> ${text}</b>`;
}

/** A verdict in the matrix. A plain pass, by far the most frequent one, needs no class. */
export function verdictCell(probe: ProbeReport | undefined): Markup {
  if (probe === undefined || (!wasAsked(probe) && !isFailure(probe))) {
    return html`<td class="quiet">–</td>`;
  }
  const tone = toneOf(probe);
  const text = `${glyphOf(probe)} ${verdictText(probe)}`;
  return tone === 'good' ? html`<td>${text}</td>` : html`<td class="${tone}">${text}</td>`;
}
