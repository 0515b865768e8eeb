/** Makes text from outside safe for a terminal. The text may come in pieces. */
export interface Sanitizer {
  /** Returns what can be shown of `text` and of the characters withheld before it. */
  write(text: string): string;
  /** Ends the text, drops an unfinished sequence, and resets the sanitizer. */
  end(): string;
}

/**
 * The state of the parser (ECMA-48): `escape` after ESC, `escapeIntermediate` after ESC and an
 * intermediate byte, `control` within CSI, `string` within OSC, DCS, APC, PM or SOS, `stringEscape`
 * after an ESC within a string, where it may begin the ST that ends the string.
 */
type State = 'text' | 'escape' | 'escapeIntermediate' | 'control' | 'string' | 'stringEscape';

/**
 * Characters of one sequence that are dropped at most. What follows is shown as text, so that a
 * sequence without an end cannot hide an answer. The longest real ones, hyperlinks, are shorter.
 */
export const SEQUENCE_CAP = 4096;

/** C0 except newline and tab, DEL, C1, lone surrogates, and characters without a width. */
const UNSAFE = /[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\p{DI}\ufff9-\ufffb]/u;

/** Bidirectional controls, and the tags that repeat ASCII where nobody sees it. */
const HIDING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

/** Characters that a terminal shows as nothing: joiners, variation selectors, spaces without a width. */
const INVISIBLE = /[\p{DI}\ufff9-\ufffb]/u;

/**
 * Two invisible characters in a row that are written: a variation selector and a joiner in an emoji
 * (❤️‍🔥) or in Mongolian, and two joiners in a word of a script from Hebrew to Mongolian that joins.
 */
const WRITTEN_PAIR =
  /^(?:.[\ufe00-\ufe0f\u180b-\u180d\u180f][\u200c\u200d]|[\u0590-\u18af][\u200c\u200d]{2})$/su;

const ESC = 0x1b;

/** Makes a whole text safe for a terminal; see {@link createSanitizer}. */
export function sanitize(text: string): string {
  if (!UNSAFE.test(text)) return text;
  const sanitizer = createSanitizer();
  return sanitizer.write(text) + sanitizer.end();
}

/**
 * Drops control characters and whole escape sequences in their 7-bit and 8-bit forms (ECMA-48
 * §5.3, §5.4, §5.6; xterm's "Control Sequences"), replaces lone surrogates by U+FFFD, and shows as
 * `\u{202e}` what could hide something: bidirectional controls, tags, and several characters without a
 * width in a row. Of the controls only newline and tab remain. The result does not depend on how the
 * text is cut into pieces.
 */
export function createSanitizer(): Sanitizer {
  let state: State = 'text';
  /** Characters of the current sequence that were dropped so far. */
  let dropped = 0;
  /** A high surrogate at the end of a piece: the next one may begin with its low surrogate. */
  let high = '';
  /** The last characters without a width, up to two, and the one before them. */
  let run = '';
  let before = '';

  function enter(next: State): void {
    if (next === 'text' || state === 'text') dropped = 0;
    state = next;
  }

  /** Takes one UTF-16 code unit and returns what to show for it. */
  function step(unit: number): string {
    if (state !== 'text' && ++dropped > SEQUENCE_CAP) enter('text');
    switch (state) {
      case 'text':
        return inText(unit);
      case 'escape':
        return inEscape(unit);
      case 'escapeIntermediate':
        return inEscapeIntermediate(unit);
      case 'control':
        return inControl(unit);
      case 'string':
        return inString(unit);
      case 'stringEscape':
        // ESC \ is ST. ESC and another character end the string too, and begin a new sequence.
        state = 'escape';
        return unit === 0x5c ? end() : inEscape(unit);
    }
  }

  function end(): string {
    enter('text');
    return '';
  }

  /** The current sequence cannot contain this character, so that it ends before it. */
  function abandon(unit: number): string {
    enter('text');
    return inText(unit);
  }

  function inText(unit: number): string {
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return inControlCharacter(unit);
    return String.fromCharCode(unit);
  }

  function inControlCharacter(unit: number): string {
    if (unit === 0x0a) return '\n';
    if (unit === 0x09) return '\t';
    if (unit === ESC) enter('escape');
    if (unit === 0x9b) enter('control');
    if (isStringIntroducer(unit - 0x40)) enter('string');
    return '';
  }

  function inEscape(unit: number): string {
    if (unit === ESC) return '';
    if (unit === 0x5b) enter('control');
    else if (isStringIntroducer(unit)) enter('string');
    else if (unit >= 0x20 && unit <= 0x2f) enter('escapeIntermediate');
    else return unit >= 0x30 && unit <= 0x7e ? end() : abandon(unit);
    return '';
  }

  function inEscapeIntermediate(unit: number): string {
    if (unit >= 0x20 && unit <= 0x2f) return '';
    return unit >= 0x30 && unit <= 0x7e ? end() : abandon(unit);
  }

  function inControl(unit: number): string {
    if (unit >= 0x20 && unit <= 0x3f) return '';
    return unit >= 0x40 && unit <= 0x7e ? end() : abandon(unit);
  }

  function inString(unit: number): string {
    if (unit === ESC) enter('stringEscape');
    // ST, BEL (xterm), CAN and SUB.
    else if (unit === 0x9c || unit === 0x07 || unit === 0x18 || unit === 0x1a) end();
    return '';
  }

  /** What to show for a character of the text and of the invisible ones withheld before it. */
  function show(character: string): string {
    if (!INVISIBLE.test(character)) {
      const shown = endRun() + character;
      before = character;
      return shown;
    }
    if (HIDING.test(character)) return endRun() + escaped(character);
    run += character;
    if ([...run].length < 3) return '';
    // The characters of a longer run follow one by one, each after two that are shown.
    const shown = escaped(run);
    before = LONG_RUN;
    run = '';
    return shown;
  }

  function endRun(): string {
    if (run === '') return '';
    const single = [...run].length === 1 && before !== LONG_RUN;
    const written = single || WRITTEN_PAIR.test(before + run);
    const shown = written ? run : escaped(run);
    run = '';
    before = '';
    return shown;
  }

  function writeUnsafe(text: string): string {
    let safe = '';
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (high !== '' && (unit & 0xfc00) === 0xdc00) {
        safe += show(high + String.fromCharCode(unit));
        high = '';
        continue;
      }
      if (high !== '') {
        safe += show('\ufffd');
        high = '';
      }
      const shown = step(unit);
      if (shown === '') continue;
      if ((unit & 0xf800) !== 0xd800) safe += show(shown);
      else if (unit < 0xdc00) high = shown;
      else safe += show('\ufffd');
    }
    return safe;
  }

  return {
    write(text) {
      if (state !== 'text' || high !== '' || run !== '' || UNSAFE.test(text)) {
        return writeUnsafe(text);
      }
      if (text !== '') before = text.slice(-1);
      return text;
    },
    end() {
      const rest = (high === '' ? '' : show('\ufffd')) + endRun();
      high = '';
      enter('text');
      return rest;
    },
  };
}

/** In place of the character before a run: the run is longer than what was withheld. */
const LONG_RUN = 'long run';

/** `\u{200b}` for each character. */
function escaped(characters: string): string {
  const codes = Array.from(characters, (character) => character.codePointAt(0) ?? 0);
  return codes.map((code) => `\\u{${code.toString(16).padStart(4, '0')}}`).join('');
}

/** Whether ESC and this character begin DCS, SOS, OSC, PM or APC. */
function isStringIntroducer(unit: number): boolean {
  return unit === 0x50 || unit === 0x58 || (unit >= 0x5d && unit <= 0x5f);
}

/** What {@link createSanitizer} drops or shows escaped and JSON allows. */
const UNSAFE_IN_JSON =
  /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]|(?![\ufe00-\ufe0f]\u200d\P{DI})\p{DI}{2,}/gu;

/**
 * JSON that is safe on a terminal and in the log of GitHub Actions, whose runner obeys `##[`: characters
 * that they could act on are written as `\uXXXX`.
 */
export function stringify(
  value: unknown,
  indent?: number,
  replace?: (key: string, value: unknown) => unknown,
): string {
  return JSON.stringify(value, replace, indent)
    .replace(UNSAFE_IN_JSON, (found) =>
      found.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    )
    .replaceAll('##[', '#\\u0023[');
}
