/** The real world, plugged into `run`. The only file that knows `process` as a whole. */
import { fstatSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { run } from './cli.ts';
import { systemClock } from './clock.ts';
import type { Context } from './commands/context.ts';
import { Interrupted, StorageError } from './core/errors.ts';
import type { Random } from './core/ports.ts';
import type { InputStream } from './terminal/terminal.ts';
import { VERSION } from './version.ts';

const random: Random = {
  bytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
  uuid: () => crypto.randomUUID(),
  uniform: () => Math.random(),
};

/** A full disk under a redirection, mostly. */
function unwritable(cause: Error): StorageError {
  return new StorageError(`Cannot write to standard output: ${cause.message}`, {
    code: 'stdout_not_written',
    hint: 'Check what it is redirected to.',
    cause,
  });
}

function endSignal(): AbortSignal {
  const controller = new AbortController();
  const end = (signal: Interrupted['signal']) => controller.abort(new Interrupted(signal));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') end('SIGPIPE');
    else controller.abort(unwritable(error));
  });
  // There is nobody left to tell.
  process.stderr.on('error', () => {});
  return controller.signal;
}

// V8 11 (Node 20) recompiles undici's WebAssembly parser in the background, and the exit waits for
// it: 100 ms and 35 MB for a short chat. Later versions do not know the flag's effect any more.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--wasm-tiering-budget=2000000000');

let stdin: InputStream | undefined;

/** What stands behind `</dev/null` is empty without being opened. */
function isNullDevice(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

const context: Context = {
  env: process.env,
  terminal: {
    // Opened by those who read it: 5 ms.
    get stdin() {
      stdin ??= isNullDevice(0) ? Readable.from([]) : process.stdin;
      return stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
  },
  clock: systemClock,
  random,
  signal: endSignal(),
  version: VERSION,
  program: [process.execPath, process.argv[1] ?? ''],
  platform: { os: process.platform, arch: process.arch },
  self: process,
  exitWith: (code) => {
    process.exitCode = code;
  },
};

void run(process.argv.slice(2), context).then((code) => {
  const reason: unknown = context.signal.reason;
  if (reason instanceof Interrupted && reason.signal === 'SIGHUP') {
    // Node 20 aborts at an orderly exit when the terminal is really gone.
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
    return;
  }
  // A reader that takes no more of what was written would keep us alive.
  if (context.signal.aborted) process.exit(code);
  if (code !== 0) process.exitCode = code;
});
