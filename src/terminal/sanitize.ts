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

/** C0 except newline and tab, DEL, C1, bidirectional controls, lone surrogates. */
const UNSAFE =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const ESC = 0x1b;

/** Makes a whole text safe for a terminal; see {@link createSanitizer}. */
export function sanitize(text: string): string {
  if (!UNSAFE.test(text)) return text;
  const sanitizer = createSanitizer();
  return sanitizer.write(text) + sanitizer.end();
}

/**
 * Drops control characters and whole escape sequences in their 7-bit and 8-bit forms (ECMA-48
 * §5.3, §5.4, §5.6; xterm's "Control Sequences"), shows bidirectional controls as `\u{202e}`, and
 * replaces lone surrogates by U+FFFD. Of the controls only newline and tab remain. The result does
 * not depend on how the text is cut into pieces.
 */
export function createSanitizer(): Sanitizer {
  let state: State = 'text';
  /** Characters of the current sequence that were dropped so far. */
  let dropped = 0;
  /** A high surrogate at the end of a piece: the next one may begin with its low surrogate. */
  let high = '';

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
    const character = String.fromCharCode(unit);
    return BIDI.test(character) ? `\\u{${unit.toString(16).padStart(4, '0')}}` : character;
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

  function writeUnsafe(text: string): string {
    let safe = '';
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (high !== '' && (unit & 0xfc00) === 0xdc00) {
        safe += high + String.fromCharCode(unit);
        high = '';
        continue;
      }
      if (high !== '') {
        safe += '\ufffd';
        high = '';
      }
      const shown = step(unit);
      if (shown === '' || (unit & 0xf800) !== 0xd800) safe += shown;
      else if (unit < 0xdc00) high = shown;
      else safe += '\ufffd';
    }
    return safe;
  }

  return {
    write(text) {
      if (state === 'text' && high === '' && !UNSAFE.test(text)) return text;
      return writeUnsafe(text);
    },
    end() {
      const rest = high === '' ? '' : '\ufffd';
      high = '';
      enter('text');
      return rest;
    },
  };
}

/** Whether ESC and this character begin DCS, SOS, OSC, PM or APC. */
function isStringIntroducer(unit: number): boolean {
  return unit === 0x50 || unit === 0x58 || (unit >= 0x5d && unit <= 0x5f);
}

/** C1 controls, DEL and bidirectional controls: legal in JSON, but a terminal acts on them. */
const UNSAFE_IN_JSON = /[\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/**
 * JSON that is safe on a terminal and in the log of GitHub Actions, whose runner obeys `##[`: characters
 * that they could act on are written as `\uXXXX`.
 */
export function stringify(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .replace(
      UNSAFE_IN_JSON,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll('##[', '#\\u0023[');
}
