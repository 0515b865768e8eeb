import type { ThisProcess } from '../core/files/owner.ts';
import type { Clock, HoldEnd, Random } from '../core/ports.ts';
import type { Terminal } from '../terminal/terminal.ts';

/**
 * Until the returned function is called, signals go to `to` alone: they are those of a child, and this
 * program ends when it ends.
 */
export type PassSignals = (to: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void) => () => void;

/** What a command uses of its process. `program.ts` creates the real one, tests create others. */
export interface Context {
  /** The command line, without node and script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted by SIGINT, SIGTERM, SIGHUP, a closed stdout or a lost terminal. */
  readonly signal: AbortSignal;
  readonly holdEnd: HoldEnd;
  readonly passSignals: PassSignals;
  readonly version: string;
  /** The command that starts this program: `[node, …/main.cjs]`. */
  readonly program: readonly [string, ...string[]];
  readonly platform: { readonly os: string; readonly arch: string };
  /** This process, for the owner record of a lock. */
  readonly self: ThisProcess;
  /** Sets the exit code after success: that of the child of `sandbox -- COMMAND`. */
  exitWith(code: number): void;
}
