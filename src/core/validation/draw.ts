import { WORDS } from './words.ts';

/** Draws the questions of one attempt of a probe. The same seed draws the same questions. */
export interface Draw {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number between `low` and `high`, both included. */
  integer(low: number, high: number): number;
  /** One of the list, which is not empty. */
  pick<T>(list: readonly T[]): T;
  /** `count` different ones of the list, in random order. */
  several<T>(list: readonly T[], count: number): T[];
  /**
   * A word that a question carries or asks for, so that an answer to another question shows: see
   * {@link foreignWord}.
   */
  word(): string;
  /** Two of these words, with a space: makes a question differ from all others. */
  nonce(): string;
}

/**
 * A generator of its own for each seed, so that the order in which models are tested does not change
 * their questions. Not for secrets: anybody who knows the seed knows the questions.
 */
export function createDraw(seed: string): Draw {
  const uniform = generator(seed);
  const integer = (low: number, high: number) => low + Math.floor(uniform() * (high - low + 1));
  const pick = <T>(list: readonly T[]): T => list[integer(0, list.length - 1)] as T;
  const several = <T>(list: readonly T[], count: number): T[] => {
    const left = [...list];
    return Array.from({ length: Math.min(count, left.length) }, () => {
      return left.splice(integer(0, left.length - 1), 1)[0] as T;
    });
  };
  return {
    uniform,
    integer,
    pick,
    several,
    word: () => pick(WORDS),
    nonce: () => several(WORDS, 2).join(' '),
  };
}

/** Mulberry32 (Tommy Ettinger), begun with the FNV-1a hash of the seed. */
function generator(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let at = 0; at < seed.length; at += 1) {
    state = Math.imul(state ^ seed.charCodeAt(at), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
