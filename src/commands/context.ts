import type { ThisProcess } from '../core/files/owner.ts';
import type { Clock, HoldEnd, Random } from '../core/ports.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The world as a command sees it. `program.ts` plugs in the real one, tests another. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted by SIGINT, SIGTERM or SIGHUP, or when the reader of stdout or the terminal has gone. */
  readonly signal: AbortSignal;
  readonly holdEnd: HoldEnd;
  readonly version: string;
  /** How to start this very program again: `[node, …/main.cjs]`. */
  readonly program: readonly [string, ...string[]];
  readonly platform: { readonly os: string; readonly arch: string };
  /** This process, as a lock names its owner. */
  readonly self: ThisProcess;
  /** Ends with the code of a child that ran in our place, instead of 0. */
  exitWith(code: number): void;
}
