/**
 * Some endpoints, above all the Coding Plan's, send in every delta the whole text so far instead of
 * the next piece. Nothing announces it, and a beginning such as "a", "ab" can be either. So the
 * text itself must bear witness, without ever damaging an honest stream:
 *
 * - The first delta is shown at once. While each one begins with the one before it, what follows
 *   is held back; the first that does not settles the matter, and all is passed on unchanged.
 *   Almost every honest stream is settled by its second delta, and nothing is examined after that.
 * - Repetition is no witness: "ha", "haha" and "1", "11" repeat their own beginning. Only a longer
 *   delta whose new part does not counts, and it weighs as much as its known part is varied.
 * - Two such deltas with enough weight prove it; at the end of the answer one of them will do.
 *   The very same delta again, before any witness, settles it the other way: "ha", "ha".
 * - A suspected endpoint needs less: any two longer deltas, or one at the end.
 * - A stream that stays undecided for 32 deltas, or until its end, is taken as honest.
 */
export interface Increments {
  /** What is new in this delta and can be shown by now; '' when that is nothing. */
  push(text: string): string;
  /** What was held back, at the end of the answer or when it breaks off. */
  end(): string;
}

const HELD_CAP = 32;
/** Different characters in known parts, summed up: "Hel", "Hello", "Hello you" weigh 3 + 4. */
const ENOUGH_WEIGHT = 6;
/** The varied part of a text shows at its beginning: no need to look further. */
const WEIGHED_CAP = 64;

export function createIncrements({ suspected }: { suspected: boolean }): Increments {
  let mode: 'undecided' | 'incremental' | 'cumulative' = 'undecided';
  let held: string[] = [];
  /** The latest delta; once the stream is cumulative, all of its text. */
  let latest = '';
  /** How much of `latest` was shown. */
  let shown = 0;
  let witnesses = 0;
  let weight = 0;

  function pushUndecided(text: string): string {
    if (latest === '') {
      latest = text;
      shown = text.length;
      return text;
    }
    const repeated = text === latest && witnesses === 0 && !suspected;
    if (repeated || !text.startsWith(latest)) return settleIncremental(text);
    weigh(text);
    held.push(text);
    latest = text;
    if (isProven(2)) return settleCumulative();
    return held.length < HELD_CAP ? '' : settleIncremental('');
  }

  function weigh(text: string): void {
    if (text.length === latest.length) return;
    const repeats = text.startsWith(text.slice(latest.length));
    if (repeats && !suspected) return;
    witnesses += 1;
    weight += new Set(latest.slice(0, WEIGHED_CAP)).size;
  }

  function isProven(needed: number): boolean {
    return witnesses >= needed && (suspected || weight >= ENOUGH_WEIGHT);
  }

  function settleIncremental(next: string): string {
    mode = 'incremental';
    const text = held.join('') + next;
    held = [];
    return text;
  }

  function settleCumulative(): string {
    mode = 'cumulative';
    held = [];
    return latest.slice(shown);
  }

  function pushCumulative(text: string): string {
    // The end of such a stream may repeat the text, or a trimmed form of it.
    if (latest.startsWith(text)) return '';
    if (!text.startsWith(latest)) return settleIncremental(text);
    const known = latest.length;
    latest = text;
    return text.slice(known);
  }

  return {
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
