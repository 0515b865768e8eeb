import { columnsOf, type OutputStream } from './terminal.ts';

/**
 * A message of the program, wrapped at words when `stream` is a terminal and unchanged in a pipe.
 * Not for answers of a model.
 */
export function wrapFor(stream: OutputStream, text: string): string {
  return stream.isTTY === true ? wrapWords(text, columnsOf(stream)) : text;
}

/**
 * Breaks lines of more than `width` columns between words. Paths, URLs, commands and text in
 * backticks stay whole even beyond the width, because users copy them. Continuation lines keep the
 * indent. A name and its value are separated by two spaces: the value continues below its own start,
 * or stands below the name when it has no room beside it.
 */
export function wrapWords(text: string, width: number): string {
  // The widest UTF-16 unit is a tab, 8 columns.
  if (text.length * 8 <= width) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n');
}

/** Text that is not broken, and the spaces before it, which a line break replaces. */
interface Piece {
  blanks: string;
  text: string;
}

/** Columns that a value needs beside its name; with less it goes below the name. */
const NARROWEST = 20;
/** Columns by which a value below its name is indented further than the name. */
const VALUE_INDENT = 2;
/** Text before a gap is a name up to so many columns; a longer one is a sentence. */
const WIDEST_NAME = 40;

const COLOR = String.raw`(?:\u001B\[[\d;]*m)*`;
const NAME_AND_GAP = new RegExp(`^${COLOR} *${COLOR}\\S.*? ${COLOR} [ ]*${COLOR} *(?=\\S)`);

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const indent = textWidth(/^ */.exec(line)?.[0] ?? '');
  const name = NAME_AND_GAP.exec(line)?.[0] ?? '';
  const column = textWidth(name);
  // A gap between backticks is part of what is quoted.
  const isQuoted = name.split('`').length % 2 === 0;
  if (column === 0 || column > WIDEST_NAME || isQuoted) return fill(line, width, indent, indent);
  if (width - column >= NARROWEST) return fill(line, width, indent, column);
  const below = indent + VALUE_INDENT;
  return [
    ...fill(name.trimEnd(), width, indent, indent),
    ...fill(line.slice(name.length), width, below, below),
  ];
}

/** Lines of at most `width` columns, the first one indented by `indent`, the others by `hang`. */
function fill(line: string, width: number, indent: number, hang: number): string[] {
  const lines: string[] = [];
  let current = '';
  let taken = 0;
  for (const { blanks, text } of piecesOf(line)) {
    const columns = textWidth(text);
    if (taken > 0 && taken + blanks.length + columns <= width) {
      current += blanks + text;
      taken += blanks.length + columns;
      continue;
    }
    if (taken > 0) lines.push(current);
    // A piece that does not fit after the indent begins further to the left.
    const before = Math.max(0, Math.min(lines.length === 0 ? indent : hang, width - columns));
    current = ' '.repeat(before) + text;
    taken = before + columns;
  }
  const trailing = /\S( +)$/.exec(line)?.[1] ?? '';
  return [...lines, current + trailing];
}

function piecesOf(line: string): Piece[] {
  const words = [...line.matchAll(/( *)([^ ]+)/g)].map(([, blanks = '', text = '']) => ({
    blanks,
    text,
  }));
  const pieces: Piece[] = [];
  for (let at = 0; at < words.length;) {
    const end = Math.max(
      endOfQuote(words, at),
      endOfCommand(words, at),
      endOfPath(words, at),
      endOfQuantity(words, at),
    );
    const whole = words.slice(at, end);
    const text = whole.map((word, index) => (index === 0 ? '' : word.blanks) + word.text).join('');
    const piece = { blanks: words[at]?.blanks ?? '', text };
    pieces.push(...(whole.length === 1 ? betweenIdeographs(piece) : [piece]));
    at = end;
  }
  return pieces;
}

type EndOf = (words: readonly Piece[], at: number) => number;

/** Words that one piece has at most. */
const MOST_WORDS = 40;

/** From a backtick to the closing one. */
const endOfQuote: EndOf = (words, at) => {
  const quotes = (text: string) => text.split('`').length - 1;
  if (quotes(words[at]?.text ?? '') !== 1) return at + 1;
  const closing = words.slice(at + 1, at + MOST_WORDS).findIndex(({ text }) => quotes(text) > 0);
  return closing === -1 ? at + 1 : at + closing + 2;
};

/** A command in a hint: after a colon or a gap, or at the start of a line; up to the end of the line. */
const COMMAND = /^(?:--?[a-z]|qwen-demo |export |npm |(?:[^ ]+ ){1,3}\| qwen-demo)/;
const endOfCommand: EndOf = (words, at) => {
  const before = words[at - 1]?.text;
  const begins =
    before === undefined || before.endsWith(':') || (words[at]?.blanks.length ?? 0) > 1;
  if (!begins) return at + 1;
  const rest = words.slice(at, at + MOST_WORDS).map(({ text }) => text);
  const ends = rest.findIndex((text, index) => index < rest.length - 1 && /[^.][.,;:]$/.test(text));
  const command = ends === -1 ? rest : rest.slice(0, ends + 1);
  return COMMAND.test(`${command.join(' ')} `) ? at + command.length : at + 1;
};

const PATH = /^["'(]*(?:~|[A-Za-z]:)?[\\/]/;
/** Words that the name of a folder has at most. */
const WORDS_OF_A_NAME = 5;

/** A path may contain spaces: it continues to a word with a slash or a file extension. */
const endOfPath: EndOf = (words, at) => {
  let end = at + 1;
  if (!PATH.test(words[at]?.text ?? '')) return end;
  for (let next = end; next < Math.min(words.length, end + WORDS_OF_A_NAME); next += 1) {
    const before = words[next - 1]?.text ?? '';
    const { text = '' } = words[next] ?? {};
    if (/[,;:)]$/.test(before) || PATH.test(text) || text.includes('://')) break;
    if (/.[\\/]/.test(text) || /[^.]\.[A-Za-z]\w{0,4}[.,;:)"']*$/.test(text)) end = next + 1;
  }
  return end;
};

/** A number and its unit. */
const endOfQuantity: EndOf = (words, at) => {
  const next = words[at + 1]?.text ?? '';
  const quantity = /\d$/.test(words[at]?.text ?? '') && /^(?:s|ms|min|h|d|MiB)\b/.test(next);
  return quantity ? at + 2 : at + 1;
};

/** Punctuation that must not begin a line (JIS X 4051). */
const CLOSING = /[、。，．・：；？！）」』】〉》〕］｝]/;

/** Chinese and Japanese have no spaces: a line may break between any two of their characters. */
function betweenIdeographs(word: Piece): Piece[] {
  if (/[\\/`]/.test(word.text) || !isWide(word.text)) return [word];
  const parts: Piece[] = [{ blanks: word.blanks, text: '' }];
  let before = '';
  for (const character of word.text) {
    if (breaksBetween(before, character)) parts.push({ blanks: '', text: character });
    else (parts.at(-1) as Piece).text += character;
    before = character;
  }
  return parts;
}

/** Whether a line may end between two characters without a blank between them, as in Chinese. */
export function breaksBetween(before: string, next: string): boolean {
  return isWide(before) && isWide(next) && !CLOSING.test(next);
}

const PLAIN = /^[ -~]*$/;
/** Colors and hyperlinks (OSC 8): they take no columns. */
const SEQUENCE = /\u001B\[[\d;]*m|\u001B\]8;[^\u0007\u001B]*(?:\u0007|\u001B\\)/g;
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u;
/** East Asian wide and fullwidth (UAX #11), in blocks, and emoji. */
const WIDE =
  /[\u1100-\u11ff\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u4dff\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{191ff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/**
 * An upper bound of the columns of a text on a terminal, without colors and hyperlinks. Exact except
 * for emoji sequences and Hangul in single letters, which take less. string-width is exact for those
 * too, but its import costs 25 ms.
 */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text.replaceAll(SEQUENCE, '')) columns += characterWidth(character);
  return columns;
}

function characterWidth(character: string): 0 | 1 | 2 | 8 {
  if (PLAIN.test(character)) return 1;
  if (character === '\t') return 8;
  // Variation selector 16 turns the character before it into a wide emoji.
  if (character === '\uFE0F') return 1;
  if (isWide(character)) return 2;
  return ZERO.test(character) ? 0 : 1;
}

/** Whether a character takes two columns. */
export function isWide(character: string): boolean {
  return WIDE.test(character);
}
