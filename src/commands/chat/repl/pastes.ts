import { sanitize } from '../../../terminal/sanitize.ts';

/** A longer paste would fill the screen, and readline cannot edit more than a screen holds. */
const MOST_LINES = 8;
const MOST_CHARACTERS = 1000;

/** Pasted texts. A line shows a long one by a short name. */
export interface Pastes {
  /** The text or its name. */
  show(text: string): string;
  /** The line with the texts instead of their names. */
  expand(line: string): string;
}

export function createPastes(): Pastes {
  const texts = new Map<string, string>();
  return {
    show(pasted) {
      const text = pasted.replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');
      const lines = text.split('\n').length;
      const short = lines <= MOST_LINES && text.length <= MOST_CHARACTERS;
      // A text with control characters is sent as it is, and cannot be shown.
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
