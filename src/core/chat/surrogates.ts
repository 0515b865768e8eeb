/**
 * Servers cut JSON strings between any two UTF-16 code units, so that a character beyond U+FFFF can
 * come in two deltas. Keeps its first half until the second is here: each half alone is no text.
 */
export interface WholeCharacters {
  push(text: string): string;
  /** The half that is left over, if any. */
  end(): string;
}

export function createWholeCharacters(): WholeCharacters {
  let half = '';
  return {
    push(text) {
      if (text === '') return '';
      const joined = half + text;
      const last = text.charCodeAt(text.length - 1);
      const cut = last >= 0xd800 && last <= 0xdbff;
      half = cut ? joined.slice(-1) : '';
      return cut ? joined.slice(0, -1) : joined;
    },
    end() {
      const rest = half;
      half = '';
      return rest;
    },
  };
}
