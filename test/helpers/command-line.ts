import { PassThrough } from 'node:stream';
import { createProgram } from '../../src/command-line.ts';
import type { Context } from '../../src/commands/context.ts';
import type { OutputStream } from '../../src/terminal/terminal.ts';
import { guardOutputs } from '../../src/terminal/workflow-commands.ts';
import { FakeClock } from './fake-clock.ts';

export interface CommandLine {
  /** Runs one command line and resolves to what it threw, if it threw. */
  run: (...args: string[]) => Promise<unknown>;
  stdout: () => string;
  stderr: () => string;
  controller: AbortController;
  /** For functions that are called without a command line. */
  context: Context;
}

export interface CommandLineOptions {
  env?: Record<string, string>;
  /** Columns of stdout; without it stdout is a pipe, as stderr always is. */
  columns?: number;
}

/** The whole program, but for its streams and its environment. */
export function commandLine({ env = {}, columns }: CommandLineOptions = {}): CommandLine {
  const [stdout, stderr] = [capture(columns), capture()];
  if (env.GITHUB_ACTIONS !== undefined) guardOutputs([stdout.stream, stderr.stream]);
  const controller = new AbortController();
  const context: Context = {
    argv: [],
    env,
    terminal: { stdin: new PassThrough(), stdout: stdout.stream, stderr: stderr.stream, env },
    clock: new FakeClock(),
    random: { bytes: (size) => new Uint8Array(size), uuid: () => '', uniform: () => 0 },
    signal: controller.signal,
    holdEnd: () => () => {},
    passSignals: () => () => {},
    version: '0.0.0',
    program: ['node', 'main.cjs'],
    platform: { os: 'linux', arch: 'x64' },
    self: process,
    exitWith: () => {},
  };
  return {
    run: async (...args) => {
      return createProgram(context)
        .parseAsync(args, { from: 'user' })
        .then(
          () => undefined,
          (error: unknown) => error,
        );
    },
    stdout: stdout.text,
    stderr: stderr.text,
    controller,
    context,
  };
}

function capture(columns?: number): { stream: OutputStream; text: () => string } {
  const parts: Buffer[] = [];
  const stream: OutputStream = new PassThrough();
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns });
  (stream as PassThrough).on('data', (part: Buffer) => parts.push(part));
  return { stream, text: () => Buffer.concat(parts).toString('utf8') };
}
