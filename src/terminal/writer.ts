import { createSanitizer, sanitize } from './sanitize.ts';
import type { OutputStream } from './terminal.ts';

/** Writes to one stream; all that comes in one tick of the event loop goes out in one write. */
export interface Writer {
  /** Returns a promise while the stream is full; await it before the next write. */
  write(text: string): void | Promise<void>;
  /** Resolves when the operating system has everything, or the stream is closed or aborted. */
  flush(): Promise<void>;
}

export interface WriterOptions {
  /** Colors each write as a whole, not each piece: a piece is often a single word. */
  paint?: (text: string) => string;
  /** Passes all that comes in one tick, before it is colored. */
  filter?: TextFilter | undefined;
  /** After an abort nothing waits for a slow reader. */
  signal?: AbortSignal | undefined;
}

/** Characters that do not wait for the end of the tick. */
const LARGE = 65_536;

/** A writer for `stream` that respects back-pressure. */
export function createWriter(
  stream: OutputStream,
  { paint = (text) => text, filter, signal }: WriterOptions = {},
): Writer {
  let pending = '';
  let draining: Promise<void> | undefined;

  function send(isEnd = false): void {
    const text = filter ? filter.write(pending) + (isEnd ? filter.end() : '') : pending;
    pending = '';
    if (text === '' || stream.destroyed) return;
    if (!stream.write(paint(text))) {
      draining ??= settled(stream, signal, (done) => stream.once('drain', done)).finally(() => {
        draining = undefined;
      });
    }
  }

  return {
    write(text) {
      if (text === '') return draining;
      // One write per tick looks the same on a terminal as one per piece and costs much less CPU.
      if (pending === '') setImmediate(send);
      pending += text;
      // Whoever writes without end in one tick waits for the reader too.
      if (pending.length >= LARGE) send();
      return draining;
    },
    async flush() {
      send(true);
      await draining;
      await settled(stream, signal, (done) => stream.write('', done));
    },
  };
}

/** Resolves when `begin` calls `done`, when the stream closes or fails, or on an abort. */
function settled(
  stream: OutputStream,
  signal: AbortSignal | undefined,
  begin: (done: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done).off('error', done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    if (stream.destroyed || signal?.aborted === true) return resolve();
    stream.on('close', done).on('error', done);
    signal?.addEventListener('abort', done);
    return begin(done);
  });
}

/** Whether text from outside is sanitized for `stream`: on a terminal, or with `--sanitize`. */
export function mustSanitize(stream: OutputStream, asked: boolean | undefined): boolean {
  return asked === true || stream.isTTY === true;
}

/** A whole text from outside, sanitized if {@link mustSanitize} says so. */
export function safeFor(stream: OutputStream, text: string, asked?: boolean): string {
  return mustSanitize(stream, asked) ? sanitize(text) : text;
}

/** A transformation of text that comes in pieces. */
export interface TextFilter {
  /** Returns what can be shown of `text` and of what was withheld before it. */
  write(text: string): string;
  /** Returns the rest at the end of the text. */
  end(): string;
}

/** A sanitizer, or a filter that changes nothing. */
export function safeFilterFor(must: boolean): TextFilter {
  return must ? createSanitizer() : { write: (text) => text, end: () => '' };
}
