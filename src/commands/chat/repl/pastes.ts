import { sanitize } from '../../../terminal/sanitize.ts';

/** A longer paste would fill the screen, and readline cannot edit more than a screen holds. */
const MOST_LINES = 8;
const MOST_CHARACTERS = 1000;

/** Pasted texts, which stand in the line as they are or by a short name. */
export interface Pastes {
  /** What to show of a pasted text. */
  show(text: string): string;
  /** A line with the texts in the place of their names. */
  expand(line: string): string;
}

export function createPastes(): Pastes {
  const texts = new Map<string, string>();
  return {
    show(pasted) {
      const text = pasted.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');
      const lines = text.split('\n').length;
      const short = lines <= MOST_LINES && text.length <= MOST_CHARACTERS;
      // What a terminal would act on cannot be shown, and must still be sent as it is.
      if (short && sanitize(text) === text) return text;
      const size = lines === 1 ? `${text.length} characters` : `${lines} lines`;
      const name = `[paste ${texts.size + 1}: ${size}]`;
      texts.set(name, text);
      return name;
    },
    expand: (line) =>
      line.replaceAll(
        /\[paste \d+: \d+ (?:lines|characters)\]/g,
        (name) => texts.get(name) ?? name,
      ),
  };
}
