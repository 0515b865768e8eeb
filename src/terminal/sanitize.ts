import type { Terminal } from './terminal.ts';

/** Makes text from outside safe for a terminal, piece by piece. */
export interface Sanitizer {
  /** What of `text`, and of what was withheld before it, may be shown. */
  write(text: string): string;
  /** Ends the text: an unfinished sequence is dropped. The sanitizer is as new then. */
  end(): string;
}

/**
 * Where in ECMA-48 the reader stands: `escape` is after ESC, `control` within CSI, `string` within
 * OSC, DCS, APC, PM or SOS, `stringEscape` after an ESC that may begin the ST which ends one.
 */
type State = 'text' | 'escape' | 'escapeIntermediate' | 'control' | 'string' | 'stringEscape';

/**
 * So many characters of a sequence may be swallowed while its end is not in sight. The longest that
 * programs really send, hyperlinks, stay below it; what comes after it is shown as text.
 */
export const SEQUENCE_CAP = 4096;

/** All that cannot pass as it is: C0 but newline and tab, DEL, C1, bidi controls, lone surrogates. */
const UNSAFE =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const ESC = 0x1b;

/** A whole text at once. */
export function sanitize(text: string): string {
  if (!UNSAFE.test(text)) return text;
  const sanitizer = createSanitizer();
  return sanitizer.write(text) + sanitizer.end();
}

/**
 * Drops control characters and whole escape sequences in their 7-bit and 8-bit forms (ECMA-48
 * §5.3, §5.4, §5.6; xterm's "Control Sequences"), shows bidirectional controls as `\u{202e}`, and
 * puts U+FFFD in place of lone surrogates. Only newline and tab remain of the controls. The result
 * does not depend on how the text is cut into pieces.
 */
export function createSanitizer(): Sanitizer {
  let state: State = 'text';
  /** Length of the sequence at hand. */
  let swallowed = 0;
  /** A high surrogate whose other half may come with the next piece. */
  let high = '';

  function enter(next: State): void {
    if (next === 'text' || state === 'text') swallowed = 0;
    state = next;
  }

  /** One UTF-16 code unit; gives what it adds to the text. */
  function step(unit: number): string {
    if (state !== 'text' && ++swallowed > SEQUENCE_CAP) enter('text');
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
        // ST is ESC \. Any other ESC ends the string as well, and begins a sequence of its own.
        state = 'escape';
        return unit === 0x5c ? end() : inEscape(unit);
    }
  }

  function end(): string {
    enter('text');
    return '';
  }

  /** A character that the sequence at hand cannot contain: it ends there. */
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
    // ST, BEL as xterm has it, CAN and SUB.
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

/** DCS, SOS, OSC, PM and APC as the second character of their 7-bit form. */
function isStringIntroducer(unit: number): boolean {
  return unit === 0x50 || unit === 0x58 || (unit >= 0x5d && unit <= 0x5f);
}

/** C1 controls, DEL and bidirectional controls: legal in JSON, but not harmless on a terminal. */
const UNSAFE_IN_JSON = /[\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** JSON that is safe to show anywhere: what a terminal might act on is written as `\uXXXX`. */
export function stringify(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * GitHub's runner obeys `##[command]` anywhere in a log, and `::command::` at the beginning of a
 * line. The words of a server must not command it.
 */
export function withoutCommands(text: string, env: Terminal['env']): string {
  if (env.GITHUB_ACTIONS === undefined) return text;
  return text.replaceAll('##[', '# #[').replaceAll(/^(\s*):(?=:)/gm, '$1: ');
}
