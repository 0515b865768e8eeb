import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { collect, durationFlag, wholeNumber } from '../options.ts';
import type { SandboxFlags } from './run.ts';

const HIGHEST_PORT = 65_535;

/** Declares the flags of `sandbox`. */
export function declareSandbox(command: Command, context: Context): void {
  command
    .argument('[command...]', 'after --: run this command against a private sandbox, then end')
    .option(
      '--port <n>',
      'listen on this port of 127.0.0.1; 0 takes any free port',
      wholeNumber('--port', 0, HIGHEST_PORT),
      0,
    )
    .option('--auto-approve', 'approve every login at once')
    .option(
      '--token-ttl <duration>',
      'set the lifetime of an access token (30s, 2m; default: 1h)',
      wholeSeconds('--token-ttl'),
    )
    .option(
      '--fault <fault>',
      'simulate a fault: NAME[:ARGUMENT][@ENDPOINT][#N], on the N-th request (repeatable)',
      collect,
    )
    .option('--list-faults', 'list the faults, their arguments and endpoints, then end')
    .option('--json', 'print one JSON line instead of shell lines, or the faults as JSON')
    .action(async (command: string[], flags: SandboxFlags) => {
      const { runSandbox } = await import('./run.ts');
      await runSandbox(context, command, flags);
    });
}

/** A duration in seconds: `expires_in` of a token response has no fractions (RFC 6749 §5.1). */
function wholeSeconds(flag: string): (text: string) => number {
  const parse = durationFlag(flag);
  return (text) => {
    const seconds = parse(text) / 1000;
    if (Number.isInteger(seconds)) return seconds;
    throw new UsageError(`${flag} must be whole seconds, not "${text}"`, {
      code: 'invalid_duration',
    });
  };
}
