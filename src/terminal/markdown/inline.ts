import type { ChalkInstance } from 'chalk';
import { loadStyle } from '../style.ts';
import type { OutputStream, Terminal } from '../terminal.ts';
import type { Token, Tokens } from 'marked';
import { sanitize } from '../sanitize.ts';

/** Colors, widths and wrapping for one stream. */
export interface Look {
  style: ChalkInstance;
  /** Columns of a text without its colors. */
  measure(text: string): number;
  /** Lines of at most `width` columns. Colors end with each line and begin again on the next. */
  wrap(text: string, width: number): string[];
}

/** Loads the packages that lay Markdown out. */
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
 * Decodes entities and makes the text safe. The lexer decodes `&#27;` to ESC, so that a text that was
 * safe before the lexer is not safe after it.
 */
export function plain(text: string): string {
  const decoded = text.replaceAll(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (_, name: string) => {
    return ENTITIES[name] ?? "'";
  });
  return sanitize(decoded);
}

/** The text of a paragraph, cell or heading with its colors. A newline in it is a hard break. */
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
    // Shown in the marker of the list item.
    case 'checkbox':
      return '';
    default:
      if (nested !== undefined) return inside();
      return inLine(plain((token as Tokens.Text).text ?? token.raw));
  }
}

/** Shows the address beside the text of a link: a text alone can name another target. */
function link(words: string, href: string, { style }: Look): string {
  const address = inLine(plain(href));
  if (words === address || `mailto:${words}` === address) return style.underline(words);
  return `${style.underline(words)} ${style.dim(`(${address})`)}`;
}

/** A soft line break of the source is a space. */
function inLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
