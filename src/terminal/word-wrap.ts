import { breaksBetween, textWidth } from './wrap.ts';
import type { TextFilter } from './writer.ts';
import { closes, type Fence, openedBy } from './markdown/code-blocks.ts';

/** A line of a table, or one that is indented like code; an item of a list may be, too. */
const VERBATIM = /^(?: {0,3}\||(?:\t| {4})\s*(?![-*+] |\d+[.)]|\s))/;
/** Enough of a line to see that it is none of a code block, and how it is indented. */
const DECIDED = /^\s*(?:[^\s`~]\S*\s|[^\s`~]{4}|`{1,2}[^`]|~{1,2}[^~])/;

/** Characters. A longer word is shown in parts. */
const LONGEST = 1000;

/**
 * Wraps plain text at words while it arrives. Lines of code blocks and tables, and indented ones, stay
 * as they are; a word that is wider than the terminal does, too. A word is shown when it ends.
 * @param columns of the terminal
 */
export function createWordWrap(columns: () => number): TextFilter {
  /** The beginning of a line, until it shows what the line is; all of a line of code. */
  let head = '';
  let kind: 'unknown' | 'words' | 'verbatim' = 'unknown';
  let fence: Fence | undefined;
  let blanks = '';
  let word = '';
  /** Its last character: to read that from a growing text takes quadratic time. */
  let before = '';
  let column = 0;
  /** Whether a part of the word at hand is shown already. */
  let begun = false;

  /** The word at hand, on this line or the next. */
  function place(): string {
    if (word === '') return '';
    // The last column stays free: where it is filled, some terminals break the line.
    const limit = Math.max(1, columns() - 1);
    const [gap, width] = [textWidth(blanks), textWidth(word)];
    const fits = begun || column === 0 || column + gap + width <= limit || width > limit;
    const shown = (fits ? blanks : '\n') + word;
    column = fits ? column + gap + width : width;
    // The terminal has broken it.
    if (column > limit) column %= columns();
    blanks = '';
    word = '';
    begun = false;
    return shown;
  }

  function takeWords(text: string): string {
    let shown = '';
    for (const character of text) {
      const blank = /[ \t]/.test(character);
      if (blank || (word !== '' && breaksBetween(before, character))) shown += place();
      before = character;
      if (word.length >= LONGEST) {
        shown += place();
        begun = true;
      }
      if (blank) blanks += character;
      else word += character;
    }
    return shown;
  }

  /** A part of a line without its end. */
  function take(text: string): string {
    if (kind === 'verbatim') return text;
    if (kind === 'words') return takeWords(text);
    head += text;
    if (fence !== undefined || !DECIDED.test(head)) return '';
    kind = VERBATIM.test(head) ? 'verbatim' : 'words';
    const begun = head;
    head = '';
    return kind === 'verbatim' ? begun : takeWords(begun);
  }

  function endLine(): string {
    let rest = place() + blanks;
    if (kind === 'unknown') {
      if (fence === undefined) fence = openedBy(head);
      else if (closes(head, fence)) fence = undefined;
      rest = head;
    }
    head = '';
    blanks = '';
    kind = 'unknown';
    column = 0;
    return rest;
  }

  return {
    write(text) {
      const [first = '', ...others] = text.split('\n');
      let shown = take(first);
      for (const next of others) shown += `${endLine()}\n${take(next)}`;
      return shown;
    },
    end: () => endLine(),
  };
}
