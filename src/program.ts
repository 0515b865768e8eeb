/** Creates the context of the real process and runs the command line. */
import { run } from './cli.ts';
import { systemClock } from './clock.ts';
import type { Context } from './commands/context.ts';
import { StorageError } from './core/errors.ts';
import type { Random } from './core/ports.ts';
import { createProcessEnd } from './process-end.ts';
import { openStandardStreams } from './standard-streams.ts';

const random: Random = {
  bytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
  uuid: () => crypto.randomUUID(),
  uniform: () => Math.random(),
};

/** The error of a write to stdout that failed, mostly because the disk is full. */
function unwritable(cause: Error): StorageError {
  return new StorageError(`Cannot write to standard output: ${cause.message}`, {
    code: 'stdout_not_written',
    hint: 'Check what it is redirected to.',
    cause,
  });
}

/** Runs the command line of the process. */
export function start(version: string): void {
  const end = createProcessEnd();
  // Node would print the line of code and the stack, with the secrets in them.
  process.on('uncaughtException', (error: unknown) =>
    end.fail(error instanceof Error ? error : new Error(String(error))),
  );

  const streams = openStandardStreams({
    onClosed: end.outputClosed,
    onTerminalLost: end.terminalLost,
    onUnwritable: (error) => end.fail(unwritable(error)),
  });

  const context: Omit<Context, 'argv'> = {
    env: process.env,
    terminal: streams,
    clock: systemClock,
    random,
    signal: end.signal,
    holdEnd: end.hold,
    passSignals: end.pass,
    version,
    program: [process.execPath, process.argv[1] ?? ''],
    platform: { os: process.platform, arch: process.arch },
    self: process,
    exitWith: (code) => {
      process.exitCode = code;
    },
  };

  const guarded =
    process.env.GITHUB_ACTIONS === undefined
      ? undefined
      : import('./terminal/workflow-commands.ts').then(({ guardOutputs }) =>
          guardOutputs([streams.stdout, streams.stderr]),
        );

  void Promise.resolve(guarded)
    .then(() => run(process.argv.slice(2), context))
    .then(end.finish);
}
