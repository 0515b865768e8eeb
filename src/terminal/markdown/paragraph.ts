import { breaksBetween } from '../wrap.ts';
import { inline, type Look } from './inline.ts';
import type { Token } from 'marked';

/** A paragraph that is shown while it arrives: each word as soon as no mark of Markdown is open. */
export interface Paragraph {
  /** The lines so far, a line break between them. A word is shown when it ends. */
  write(text: string): string;
  /** The rest, and the end of the last line. */
  end(): string;
}

/** Characters of the first line that show whether a paragraph begins: a table has its first `|` there. */
const HEAD = 8;
/** A letter, a quotation mark, emphasis or code; or a number that is not that of a list. */
const BEGINNING =
  /^ {0,3}(?:[\p{L}"'(“‘«„¿¡$@.,…—%{]|\*\*?(?=[^\s*])|`(?=[^`])|_(?=[^\s_])|\p{Extended_Pictographic}|\d+(?=[^\d.)]))/u;

/**
 * Whether a line begins a paragraph. False while that is not sure.
 * @param whole whether the line does not go on
 */
export function beginsParagraph(line: string, whole: boolean): boolean {
  return (whole || line.length >= HEAD) && goesOn(line) && !line.slice(0, HEAD).includes('|');
}

/** Whether a line, which may go on, belongs to the paragraph before it. False while that is not sure. */
export function goesOn(line: string): boolean {
  return BEGINNING.test(line);
}

/** Characters. A longer word, or text with an open mark, is shown in parts, as it is. */
const LONGEST = 1000;
const HARD_BREAK = /(?: {2,}|\\)\n\s*/;
/** Needs no lexer. */
const PLAIN_WORD = /^(?!www\.)[A-Za-z0-9,.;'"()?%$+-]+$/;
/** Chinese and Japanese, which needs no lexer either: each character takes two columns. */
const WIDE_WORD =
  /^[\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]+$/;

/** Columns of a text that needs no lexer. */
function plainWidth(text: string): number | undefined {
  if (PLAIN_WORD.test(text)) return text.length;
  return WIDE_WORD.test(text) ? 2 * text.length : undefined;
}

/** @param lex the inline tokens of a text */
export function createParagraph(
  lex: (text: string) => Token[],
  look: Look,
  width: number,
): Paragraph {
  /** What is not shown: a word, or all since the first open mark. */
  let source = '';
  /** Its last character: to read that from a growing text takes quadratic time. */
  let before = '';
  /** The blanks before it. */
  let blanks = '';
  let column = 0;
  /** Whether a blank comes before what is shown next. */
  let spaced = false;

  function take(character: string): string {
    const blank = /\s/.test(character);
    if (source === '') return blank ? keep(character) : begin(character);
    const ends = blank ? character !== '\n' || before !== '\\' : breaksBetween(before, character);
    before = character;
    const long = source.length >= LONGEST;
    if (!long && !(ends && isClosed(source))) {
      source += character;
      return '';
    }
    const shown = long ? put(source, true) : place(source);
    source = blank ? '' : character;
    blanks = blank ? character : '';
    return shown;
  }

  function keep(blank: string): string {
    blanks += blank;
    return '';
  }

  /** The first character of a word. */
  function begin(character: string): string {
    const breaks = / {2,}\n/.test(blanks);
    spaced = blanks !== '' && !breaks;
    source = character;
    before = character;
    blanks = '';
    if (!breaks || column === 0) return '';
    column = 0;
    return '\n';
  }

  function place(text: string): string {
    const pieces = text.split(HARD_BREAK);
    return pieces
      .map((piece, index) => {
        if (index === 0) return put(piece.trim());
        column = 0;
        return `\n${put(piece.trim())}`;
      })
      .join('');
  }

  function put(text: string, as_it_is = false): string {
    if (text === '') return '';
    const blank = column > 0 && spaced ? ' ' : '';
    spaced = false;
    const columns = plainWidth(text) ?? Infinity;
    if (columns <= width) {
      const fits = column + blank.length + columns <= width;
      column = fits ? column + blank.length + columns : columns;
      return (fits ? blank : '\n') + text;
    }
    const styled = inline(as_it_is ? [{ type: 'text', raw: text, text }] : lex(text), look);
    // Columns that are taken already, so that the first line is wrapped where it ends.
    const taken = 'x'.repeat(column) + blank;
    const [first = '', ...lines] = look.wrap(taken + styled, width);
    const rest = first.startsWith(taken) ? first.slice(taken.length) : '';
    column = look.measure(lines.at(-1) ?? first);
    return [rest === '' ? '' : blank + rest, ...lines].join('\n');
  }

  return {
    write(text) {
      let shown = '';
      for (const character of text) shown += take(character);
      return shown;
    },
    end() {
      const shown = place(source.trimEnd());
      source = '';
      return `${shown}\n`;
    },
  };
}

/** Whether no code span, link, tag or emphasis that began in the text is still open. */
function isClosed(text: string): boolean {
  if (!/[`[<*_~\\]/.test(text)) return true;
  const rest = text
    .replaceAll(/\\[!-/:-@[-`{-~]/g, 'x')
    .replaceAll(/(?<!`)(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, 'x')
    .replaceAll(/!?\[[^[\]]*\](?:\([^()]*\))?/g, 'x')
    .replaceAll(/<[a-z/!?][^<>]*>/gi, 'x');
  if (/`|\[|<[a-z/!?]/i.test(rest)) return false;
  return ['*', '_', '~'].every((mark) => isBalanced(rest, mark));
}

/** CommonMark §6.2, roughly: what opens before a letter is closed after one. */
function isBalanced(text: string, mark: string): boolean {
  let depth = 0;
  for (const { 0: run, index } of text.matchAll(
    mark === '~' ? /~{2,}/g : mark === '*' ? /\*+/g : /_+/g,
  )) {
    const [before = ' ', after = ' '] = [text[index - 1], text[index + run.length]];
    const within = mark === '_' && /\w/.test(before) && /\w/.test(after);
    if (within) continue;
    if (depth > 0 && !/\s/.test(before)) depth = Math.max(0, depth - run.length);
    else if (!/\s/.test(after)) depth += run.length;
  }
  return depth === 0;
}
