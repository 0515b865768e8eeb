import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Interrupted } from '../core/errors.ts';
import type { Context } from './context.ts';

/** Milliseconds that an interrupted command has to end: its refresh can take 10 s. */
const GRACE_MS = 13_000;

/**
 * Runs a command with the streams of this program, and passes signals on to it. Resolves to its exit
 * code, 128 and the number of the signal that ended it.
 * @throws NodeJS.ErrnoException `ENOENT`, `EACCES`; the reason of the context's signal
 */
export async function runChild(
  { signal, holdEnd }: Pick<Context, 'signal' | 'holdEnd'>,
  command: readonly [string, ...string[]],
  env: Record<string, string | undefined>,
): Promise<number> {
  signal.throwIfAborted();
  const [executable, ...args] = command;
  const child = spawn(executable, args, { env, stdio: 'inherit' });
  let kill: NodeJS.Timeout | undefined;
  let release: (() => void) | undefined;
  const forward = (): void => {
    // The caller cleans up after the command has ended.
    release = holdEnd(GRACE_MS);
    child.kill(signalOf(signal.reason));
    kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', forward, { once: true });
  try {
    return await exitCodeOf(child);
  } finally {
    clearTimeout(kill);
    release?.();
    signal.removeEventListener('abort', forward);
  }
}

/**
 * The exit code of a child that was started; as a shell reports it, 128 and the number of the signal
 * that ended it. @throws NodeJS.ErrnoException `ENOENT`, `EACCES`
 */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killer) => {
      resolve(code ?? 128 + (killer === null ? 0 : constants.signals[killer]));
    });
  });
}

/** The signal that ended this program. A closed output becomes SIGHUP: the terminal is gone. */
function signalOf(reason: unknown): NodeJS.Signals {
  const name = reason instanceof Interrupted ? reason.signal : 'SIGTERM';
  return name === 'SIGPIPE' ? 'SIGHUP' : name;
}
