const PLAIN = /^[ -~]*$/;
/** Colours, and links (OSC 8): they take no columns. */
const SEQUENCE = /\u001B\[[\d;]*m|\u001B\]8;[^\u0007\u001B]*(?:\u0007|\u001B\\)/g;
const ZERO = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u;
/** East Asian wide and fullwidth (UAX #11), in blocks, and emoji. */
const WIDE =
  /[\u1100-\u11ff\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u4dff\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{191ff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/**
 * At most so many columns a text takes on a terminal, colours and links not counted. Exact but for
 * sequences of emoji and for Hangul in single letters, which take less. string-width is exact there
 * too; loading it costs 25 ms.
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
  // It makes an emoji of the character before it, and that one wide.
  if (character === '\uFE0F') return 1;
  if (isWide(character)) return 2;
  return ZERO.test(character) ? 0 : 1;
}

/** Whether a character takes two columns. */
export function isWide(character: string): boolean {
  return WIDE.test(character);
}
