import type { Command } from 'commander';
import { parseDuration } from '../core/duration.ts';
import { UsageError } from '../core/errors.ts';
import type { ConnectionFlags } from '../core/settings/settings.ts';

/** What every command with a connection takes. */
export interface ConnectionOptions extends ConnectionFlags {
  debug?: boolean;
  sanitize?: boolean;
}

/** Declares the flags of `ConnectionOptions`. `--timeout` may be left to a command that has its own. */
export function connectionOptions(command: Command, { timeout = true } = {}): Command {
  command
    .optionsGroup('Connection:')
    .option('--profile <name>', 'settings and login of this name (default: default)')
    .option('--auth <method>', 'oauth or api-key (default: the key if one is set, else the login)')
    .option('--plan <name>', 'endpoint of a plan: standard, coding or token')
    .option('--region <name>', 'region of the plan: cn, intl, us or hk (default: cn)')
    .option('--base-url <url>', 'API base URL, such as http://127.0.0.1:11434/v1')
    .option('--credentials <file>', 'where the login is kept')
    .option('--issuer <url>', 'authorization server to discover (RFC 8414)')
    .option('--client-id <id>', 'client at the authorization server')
    .option('--scope <scopes>', 'scopes to ask for, separated by spaces')
    .option('--resource <uri>', 'API to ask a token for (RFC 8707), repeatable', collect)
    .option('--user-agent <text>', 'User-Agent header');
  if (timeout) command.option('--timeout <duration>', 'longest wait for the server (30s, 2m)');
  return command
    .option('--max-retries <n>', 'tries after a failure that may pass by itself (default: 2)')
    .option('--sanitize', 'make output safe for terminals, into a pipe too')
    .option('--debug', 'show requests and stack traces, without secrets, on stderr');
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** Converts the text of a flag for commander's `option`; throws a UsageError that names the flag. */
export type FlagParser = (text: string) => number;

interface NumberRule {
  /** Completes the sentence "--flag 0 is not ...". */
  what: string;
  /** The `code` of the UsageError. */
  code: string;
  accepts(value: number): boolean;
}

/** A number in decimal digits: no sign, no exponent. */
export function decimalNumber(flag: string, { what, code, accepts }: NumberRule): FlagParser {
  return (text) => {
    const value = /^\d{1,15}(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (accepts(value)) return value;
    throw new UsageError(`${flag} ${text} is not ${what}`, { code });
  };
}

/** A whole number in decimal digits, from `least` to `most`. */
export function wholeNumber(flag: string, least: number, most: number): FlagParser {
  return decimalNumber(flag, {
    what: `a whole number from ${least} to ${most}`,
    code: codeOf(flag),
    accepts: (value) => Number.isSafeInteger(value) && value >= least && value <= most,
  });
}

/** A decimal number greater than zero. */
export function positiveNumber(flag: string): FlagParser {
  return decimalNumber(flag, {
    what: 'a number greater than 0',
    code: codeOf(flag),
    accepts: (value) => value > 0,
  });
}

/** A duration such as `500ms`, `30s` or `2m`, in milliseconds. */
export function durationFlag(flag: string): FlagParser {
  return (text) => {
    try {
      return parseDuration(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const { code, hint } = error;
      throw new UsageError(`${flag}: ${error.message}`, { code, ...(hint && { hint }) });
    }
  };
}

function codeOf(flag: string): string {
  return `invalid_${flag.replace(/^--/, '').replaceAll('-', '_')}`;
}
