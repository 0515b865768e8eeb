import type { Readable, Writable } from 'node:stream';

/** The part of `process.stdin` that is used. */
export type InputStream = Readable & {
  isTTY?: boolean;
  isRaw?: boolean;
  setRawMode?: (on: boolean) => unknown;
};

/** The part of `process.stdout` and `process.stderr` that is used. Its size: `columnsOf`, `rowsOf`. */
export type OutputStream = Writable & { isTTY?: boolean };

/** The three standard streams and what the environment says about them. */
export interface Terminal {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Whether a CI job runs this: `CI` is set, and does not say no (`CI=false`, `CI=0`). */
export function inCi({ CI = '' }: Terminal['env']): boolean {
  return !/^(?:0|false|no|off)?$/i.test(CI.trim());
}

/** The size is read only in this file, because a terminal that does not know it reports 0. */
type Sized = OutputStream & { columns?: number; rows?: number };

const COLUMNS = 80;
const ROWS = 24;

/**
 * Columns of a stream now, at least 1. A terminal that does not know its size reports 0 (`script`,
 * git hooks, a container that has just started), a pipe undefined. Both mean 80.
 */
export function columnsOf({ columns }: Sized): number {
  return known(columns) ?? COLUMNS;
}

/** Rows of a stream now, at least 1; 24 when they are not known. */
export function rowsOf({ rows }: Sized): number {
  return known(rows) ?? ROWS;
}

function known(size: number | undefined): number | undefined {
  return size !== undefined && size >= 1 ? size : undefined;
}

/** What ora and readline use of a stream. */
type Drawable = OutputStream & Pick<NodeJS.WriteStream, 'cursorTo' | 'moveCursor' | 'clearLine'>;

/**
 * A view of `stream` for packages that read its size themselves. Its size is always known: at 0
 * columns ora 9.4 divides by zero and erases lines without end.
 */
export function withKnownSize(stream: OutputStream): NodeJS.WriteStream {
  const target = stream as Drawable;
  const facade = {
    get isTTY() {
      return target.isTTY;
    },
    get columns() {
      return columnsOf(target);
    },
    get rows() {
      return rowsOf(target);
    },
    write: target.write.bind(target),
    cursorTo: (...args: Parameters<Drawable['cursorTo']>) => target.cursorTo(...args),
    moveCursor: (...args: Parameters<Drawable['moveCursor']>) => target.moveCursor(...args),
    clearLine: (...args: Parameters<Drawable['clearLine']>) => target.clearLine(...args),
    on: target.on.bind(target),
    once: target.once.bind(target),
    removeListener: target.removeListener.bind(target),
  };
  return facade as unknown as NodeJS.WriteStream;
}
