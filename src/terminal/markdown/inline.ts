import type { ChalkInstance } from 'chalk';
import { loadStyle } from '../style.ts';
import type { OutputStream, Terminal } from '../terminal.ts';
import type { Token, Tokens } from 'marked';
import { sanitize } from '../sanitize.ts';

/** What a text is laid out with, for one stream. */
export interface Look {
  style: ChalkInstance;
  /** Columns of a text, colours not counted. */
  measure(text: string): number;
  /** Lines of at most `width` columns; colours are closed at the end of each and opened again. */
  wrap(text: string, width: number): string[];
}

export async function loadLook(stream: OutputStream, env: Terminal['env']): Promise<Look> {
  const [style, { default: measure }, { default: wrapAnsi }] = await Promise.all([
    loadStyle(stream, env),
    import('string-width'),
    import('wrap-ansi'),
  ]);
  return {
    style,
    measure,
    wrap: (text, width) => wrapAnsi(text, Math.max(1, width), { hard: true }).split('\n'),
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
};

/**
 * A text as it is read. The lexer itself turns `&#27;` into ESC, so that what was made safe before
 * is not safe any more after it: every leaf is made safe once more.
 */
export function plain(text: string): string {
  const decoded = text.replaceAll(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (_, name: string) => {
    return ENTITIES[name] ?? "'";
  });
  return sanitize(decoded);
}

/** The inside of a paragraph, a cell, a heading: words and their colours; a line break is hard. */
export function inline(tokens: readonly Token[], look: Look): string {
  return tokens.map((token) => inlineToken(token, look)).join('');
}

function inlineToken(token: Token, look: Look): string {
  const { style } = look;
  const nested = 'tokens' in token ? token.tokens : undefined;
  const inside = () => inline(nested ?? [], look);
  switch (token.type) {
    case 'strong':
      return style.bold(inside());
    case 'em':
      return style.italic(inside());
    case 'del':
      return style.strikethrough(inside());
    case 'codespan':
      return style.cyan(inLine(plain(String(token.text))));
    case 'br':
      return '\n';
    case 'link':
      return link(inside(), String(token.href), look);
    case 'image':
      return link(`[${inside() || 'picture'}]`, String(token.href), look);
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? '\n' : inLine(plain(token.raw));
    // What a list item begins with was shown in its marker.
    case 'checkbox':
      return '';
    default:
      if (nested !== undefined) return inside();
      return inLine(plain((token as Tokens.Text).text ?? token.raw));
  }
}

/** The address stands beside the words: a link that shows other words than its target can deceive. */
function link(words: string, href: string, { style }: Look): string {
  const address = inLine(plain(href));
  if (words === address || `mailto:${words}` === address) return style.underline(words);
  return `${style.underline(words)} ${style.dim(`(${address})`)}`;
}

/** Where the source breaks a line does not matter. */
function inLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
