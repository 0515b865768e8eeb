import type { JudgedModel } from '../../core/validation/judge.ts';
import type { ProbeReport } from '../../core/validation/report.ts';
import { glyphOf, verdictCell, verdictText, wasAsked } from '../text.ts';
import { html, type Markup } from './elements.ts';

/** A verdict as a word with a sign; the colour only repeats what they say. */
export function modelBadge(model: JudgedModel): Markup {
  const { text, glyph = '', tone } = verdictCell(model);
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
