import { createSanitizer, sanitize } from './sanitize.ts';
import type { OutputStream } from './terminal.ts';

/** Writes to one stream, all that is written in one tick at once. */
export interface Writer {
  /** Returns a promise while the reader is slow; await it before writing more. */
  write(text: string): void | Promise<void>;
  /** Resolves when everything was handed to the operating system, or nobody wants it any more. */
  flush(): Promise<void>;
}

export interface WriterOptions {
  /** Colours what is written at once: a piece on its own is often but a word. */
  paint?: (text: string) => string;
  /** When it is aborted nobody waits for a slow reader any more. */
  signal?: AbortSignal | undefined;
}

export function createWriter(
  stream: OutputStream,
  { paint = (text) => text, signal }: WriterOptions = {},
): Writer {
  let pending = '';
  let draining: Promise<void> | undefined;

  function send(): void {
    if (pending === '' || stream.destroyed) return;
    const text = paint(pending);
    pending = '';
    if (!stream.write(text)) {
      draining ??= settled(stream, signal, (done) => stream.once('drain', done)).finally(() => {
        draining = undefined;
      });
    }
  }

  return {
    write(text) {
      if (text === '') return draining;
      // A terminal shows one write per tick as smoothly as a thousand, at a fraction of the cost.
      if (pending === '') setImmediate(send);
      pending += text;
      return draining;
    },
    async flush() {
      send();
      await draining;
      await settled(stream, signal, (done) => stream.write('', done));
    },
  };
}

/** Resolves when `begin` says so, when the reader has gone, or when nobody waits any more. */
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

/** Whether text from outside must be made safe before it goes to `stream`. */
export function mustSanitize(stream: OutputStream, asked: boolean | undefined): boolean {
  return asked === true || stream.isTTY === true;
}

/** One whole text from outside, made safe where `stream` is a terminal. */
export function safeFor(stream: OutputStream, text: string, asked?: boolean): string {
  return mustSanitize(stream, asked) ? sanitize(text) : text;
}

/** What text that comes in pieces goes through. */
export interface TextFilter {
  /** What of `text`, and of what was withheld before it, can be shown. */
  write(text: string): string;
  /** The rest. */
  end(): string;
}

/** Makes text from outside safe where it must be. */
export function safeFilterFor(must: boolean): TextFilter {
  return must ? createSanitizer() : { write: (text) => text, end: () => '' };
}
