import { sanitize } from '../../terminal/sanitize.ts';
import { duration } from '../duration.ts';

/** Markup that is ready: made by `html` alone, never of text from outside. */
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

/** Milliseconds for a narrow cell: no line break comes between the number and its unit. */
export function figure(ms: number): string {
  return duration(ms).replace(' ', '\u00A0');
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
