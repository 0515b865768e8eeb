/** Pieces after which pieces are joined. */
const MOST_PIECES = 1024;
/** UTF-16 code units after which pieces are joined. A part has as many. */
export const PART_UNITS = 65_536;
/** A half of a character above U+FFFF, which has no UTF-8. */
const HALF = /\p{Surrogate}/u;

/**
 * A long text that comes in pieces. It takes as much memory as its UTF-8: each of several hundred
 * thousand small strings costs 60 bytes, and one character beyond Latin-1 doubles a whole string.
 */
export class JoinedText {
  #blocks: (Buffer | string)[] | undefined;
  #texts: string[] = [];
  #pieces: string[] = [];
  #units = 0;
  #bytes = 0;

  /** UTF-16 code units so far. */
  length = 0;

  /** Bytes in UTF-8 so far, up to 192 KiB fewer while the latest pieces are not joined. */
  get size(): number {
    return this.#bytes + this.#units;
  }

  add(piece: string): void {
    if (piece === '') return;
    this.#pieces.push(piece);
    this.#units += piece.length;
    this.length += piece.length;
    if (this.#units >= PART_UNITS) this.#close();
    // A joined string is one piece: each small one keeps the whole event that it comes from.
    else if (this.#pieces.length >= MOST_PIECES) {
      this.#texts.push(this.#pieces.join(''));
      this.#pieces = [];
    }
  }

  #close(): void {
    if (this.#units === 0) return;
    const text = this.#rest();
    const block = HALF.test(text) ? text : Buffer.from(text);
    (this.#blocks ??= []).push(block);
    this.#bytes += typeof block === 'string' ? Buffer.byteLength(block) : block.byteLength;
    this.#texts = [];
    this.#pieces = [];
    this.#units = 0;
  }

  #rest(): string {
    return this.#texts.join('') + this.#pieces.join('');
  }

  /** The whole text. */
  join(): string {
    const blocks = this.#blocks ?? [];
    const isBytes = (block: Buffer | string): block is Buffer => typeof block !== 'string';
    const before = blocks.every(isBytes)
      ? Buffer.concat(blocks).toString()
      : blocks.map(String).join('');
    return before + this.#rest();
  }

  /** The whole text, which is removed here. */
  take(): string {
    this.#close();
    const text = this.join();
    this.clear();
    return text;
  }

  /** The whole text in UTF-8, in parts, which is removed here. Halves of characters become U+FFFD. */
  takeBuffers(): Buffer[] {
    this.#close();
    const blocks = this.#blocks ?? [];
    this.clear();
    return blocks.map((block) => (typeof block === 'string' ? Buffer.from(block) : block));
  }

  clear(): void {
    this.#blocks = undefined;
    this.#texts = [];
    this.#pieces = [];
    this.length = this.#bytes = this.#units = 0;
  }

  /** Removes the text, some 64 KiB at a time. */
  *drain(): Generator<string> {
    this.#close();
    const blocks = this.#blocks ?? [];
    this.clear();
    let part = '';
    for (const [at, block] of blocks.entries()) {
      blocks[at] = '';
      part += String(block);
      if (part.length < PART_UNITS) continue;
      yield* partsOf(part);
      part = '';
    }
    if (part !== '') yield part;
  }
}

/** Characters that a filter reads together with the next one: `##[`, runs that cannot be seen. */
const JOINING = /[#\p{DI}\ud800-\udbff]$/u;

/** A text in parts of some 64 KiB, cut between characters. */
export function* partsOf(text: string): Generator<string> {
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = start + PART_UNITS;
    while (end < text.length && JOINING.test(text.slice(end - 2, end))) end += 1;
    yield text.slice(start, end);
  }
}
