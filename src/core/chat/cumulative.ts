/**
 * Some endpoints, the Coding Plan's above all, send the whole text so far in every delta instead of
 * the next piece. No field announces it, and deltas such as "a", "ab" can be either. So it is detected
 * from the content, and an incremental stream is never altered:
 *
 * - The first delta is shown at once. While each delta begins with the one before it, the text is held
 *   back. The first delta that does not proves an incremental stream, and all deltas are passed on
 *   unchanged. That is the second delta of almost every incremental stream; no delta after it is
 *   examined.
 * - A repetition proves nothing: "ha", "haha" and "1", "11" repeat their own beginning. Only a longer
 *   delta whose new part does not repeat the beginning is evidence. Its weight is the number of
 *   different characters in the part before.
 * - Two such deltas of enough weight prove a cumulative stream; at the end of the answer one is enough.
 *   The same delta twice before any evidence proves an incremental stream: "ha", "ha".
 * - A suspected endpoint needs less: any two longer deltas, or one at the end.
 * - A stream that is undecided after 32 deltas or at its end counts as incremental.
 */
export interface Increments {
  /** The new text of this delta that can be shown now, '' if there is none. */
  push(text: string): string;
  /** Number of characters that the next call can return without another delta. */
  readonly waiting: number;
  /** The text that was held back. Call it when the answer has ended or broken off. */
  end(): string;
}

/** Deltas that are held back at most, and their characters: each repeats the one before. */
const HELD_CAP = 32;
const HELD_CHARACTERS = 4 * 1024 * 1024;
/**
 * The sum of the weights that is enough. "Hel", "Hello", "Hello you" weigh 3 + 4: the different
 * characters of "Hel" and of "Hello".
 */
const ENOUGH_WEIGHT = 6;
/** Characters of a delta that are weighed: a beginning this long shows whether a text varies. */
const WEIGHED_CAP = 64;

/** `suspected`: the endpoint is known to send cumulative deltas. */
export function createIncrements({ suspected }: { suspected: boolean }): Increments {
  let mode: 'undecided' | 'incremental' | 'cumulative' = 'undecided';
  /** The deltas that are held back. */
  let held: string[] = [];
  /** The latest delta. Once the stream is cumulative, that is its whole text. */
  let latest = '';
  /** Number of characters of `latest` that were shown. */
  let shown = 0;
  /** Number of characters of the deltas that are held back. */
  let held_characters = 0;
  /** Number of deltas that are evidence of a cumulative stream, and the sum of their weights. */
  let evidence = 0;
  let weight = 0;

  function pushUndecided(text: string): string {
    if (latest === '') {
      latest = text;
      shown = text.length;
      return text;
    }
    const repeated = text === latest && evidence === 0 && !suspected;
    if (repeated || !text.startsWith(latest)) return settleIncremental(text);
    weigh(text);
    held.push(text);
    held_characters += text.length;
    latest = text;
    if (isProven(2)) return settleCumulative();
    const full = held.length >= HELD_CAP || held_characters > HELD_CHARACTERS;
    return full ? settleIncremental('') : '';
  }

  function weigh(text: string): void {
    if (text.length === latest.length) return;
    const repeats = text.startsWith(text.slice(latest.length));
    if (repeats && !suspected) return;
    evidence += 1;
    weight += new Set(latest.slice(0, WEIGHED_CAP)).size;
  }

  function isProven(needed: number): boolean {
    return evidence >= needed && (suspected || weight >= ENOUGH_WEIGHT);
  }

  function settleIncremental(next: string): string {
    mode = 'incremental';
    const text = held.join('') + next;
    held = [];
    latest = '';
    return text;
  }

  function settleCumulative(): string {
    mode = 'cumulative';
    held = [];
    return latest.slice(shown);
  }

  function pushCumulative(text: string): string {
    // The last delta of such a stream can repeat the text, also without its trailing white space.
    if (latest.startsWith(text)) return '';
    if (!text.startsWith(latest)) return settleIncremental(text);
    const known = latest.length;
    latest = text;
    return text.slice(known);
  }

  return {
    get waiting() {
      return mode === 'undecided' ? latest.length - shown : 0;
    },
    push(text) {
      if (mode === 'incremental' || text === '') return text;
      return mode === 'undecided' ? pushUndecided(text) : pushCumulative(text);
    },
    end() {
      if (held.length === 0) return '';
      return isProven(1) ? settleCumulative() : settleIncremental('');
    },
  };
}
