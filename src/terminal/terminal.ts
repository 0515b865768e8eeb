import type { Readable, Writable } from 'node:stream';

/** The part of `process.stdin` that is used. */
export type InputStream = Readable & {
  isTTY?: boolean;
  isRaw?: boolean;
  setRawMode?: (on: boolean) => unknown;
};

/** The part of `process.stdout` and `process.stderr` that is used. Of its size see `size.ts`. */
export type OutputStream = Writable & { isTTY?: boolean };

/** The three standard streams and what the environment says about them. */
export interface Terminal {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}
