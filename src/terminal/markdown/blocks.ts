import type { Token, Tokens } from 'marked';
import { inline, plain } from './inline.ts';
import type { Look } from './look.ts';
import { tableLines } from './table.ts';

/** The lines of some blocks (CommonMark §4 and §5, GFM), none wider than `width` but code. */
export function blockLines(tokens: readonly Token[], width: number, look: Look): string[] {
  const lines: string[] = [];
  let gap = false;
  for (const token of tokens) {
    const block = linesOf(token, width, look);
    if (gap && lines.length > 0 && block.length > 0) lines.push('');
    lines.push(...block);
    // A list may stand right below the words that introduce it: as it was written.
    gap = token.type === 'space' || (gap && block.length === 0) || /\n\s*\n$/.test(token.raw);
  }
  return lines;
}

function linesOf(token: Token, width: number, look: Look): string[] {
  const { style, wrap } = look;
  switch (token.type) {
    case 'heading': {
      const { depth, tokens } = token as Tokens.Heading;
      return wrap(style.bold(`${'#'.repeat(depth)} ${inline(tokens, look)}`), width);
    }
    case 'paragraph':
    case 'text':
      return wrap(inline(token.tokens ?? [token], look), width);
    case 'code':
      return codeLines((token as Tokens.Code).text, look);
    case 'list':
      return listLines(token as Tokens.List, width, look);
    case 'blockquote':
      return blockLines(token.tokens ?? [], width - 2, look).map((line) => style.dim('│ ') + line);
    case 'table':
      return tableLines(token as Tokens.Table, width, look);
    case 'hr':
      return [style.dim('─'.repeat(Math.max(1, width)))];
    case 'html':
      return wrap(plain(token.raw.trimEnd()), width);
    default:
      return [];
  }
}

/** Code is not wrapped: it is copied, and a line break would change it. */
export function codeLines(code: string, look: Look): string[] {
  return code.split('\n').map((line) => codeLine(line, look));
}

export function codeLine(line: string, { style }: Look): string {
  const safe = plainCode(line);
  return safe === '' ? '' : `  ${style.cyan(safe)}`;
}

/** In code an entity is itself, and the lexer has not touched it. */
function plainCode(line: string): string {
  return plain(line.replaceAll('&', '&amp;')).replaceAll('\t', '    ');
}

function listLines({ items, ordered, start, loose }: Tokens.List, width: number, look: Look) {
  const first = start === '' ? 1 : start;
  return items.flatMap((item, index) => {
    const marker = ordered ? `${first + index}. ` : '• ';
    const box = item.task ? `[${item.checked === true ? 'x' : ' '}] ` : '';
    const indent = ' '.repeat(marker.length);
    const lines = blockLines(item.tokens, width - marker.length - box.length, look);
    const [head = '', ...rest] = lines;
    return [
      ...(loose && index > 0 ? [''] : []),
      `${look.style.dim(marker)}${box}${head}`,
      ...rest.map((line) => (line === '' ? '' : indent + line)),
    ];
  });
}
