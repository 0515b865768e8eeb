import { type Command, Option } from 'commander';
import { parseDuration, type NumberRule, parseNumber, wholeNumberRule } from '../core/number.ts';
import { PLANS, REGIONS } from '../core/qwen/plans.ts';
import { fromFlag } from '../core/settings/layers.ts';
import type { ConnectionFlags } from '../core/settings/settings.ts';
import { AUTH_METHODS, MAX_RETRIES, oneOf, SETTINGS } from '../core/settings/definitions.ts';

/** The flags of every command with a connection. */
export type ConnectionOptions = ConnectionFlags & {
  debug?: boolean;
  sanitize?: boolean;
  trace?: boolean;
  /** The file of `--trace-har`. */
  traceHar?: string;
};

/** Declares the flags of `ConnectionOptions`; without `--timeout` for a command with its own. */
export function connectionOptions(command: Command, { timeout = true } = {}): Command {
  command
    .optionsGroup('Connection:')
    .option(
      '--profile <name>',
      'use the settings and the login of this profile (default: that of auth switch)',
    )
    .addOption(
      withChoices(
        new Option(
          '--auth <method>',
          'use the login or an API key (default: a key if one is set, else the login)',
        ),
        AUTH_METHODS,
        'invalid_auth',
      ),
    )
    .addOption(
      withChoices(
        new Option('--plan <name>', 'use the endpoint of this plan'),
        PLANS,
        'unknown_plan',
      ),
    )
    .addOption(
      withChoices(
        new Option('--region <name>', 'use this region of the plan (default: cn)'),
        REGIONS,
        'unknown_region',
      ),
    )
    .option('--workspace <id>', 'use the endpoint of this workspace (standard plan)')
    .option('--base-url <url>', 'use this API base URL, such as http://127.0.0.1:11434/v1')
    .option('--allow-http', 'allow plain http outside of local networks, where others can read it')
    .option('--credentials <file>', 'store the login in this file')
    .option('--read-only-credentials', 'only read the stored login or API key: a mounted secret')
    .option('--issuer <url>', 'sign in at this authorization server (RFC 8414)')
    .option('--client-id <id>', 'identify as this client at the authorization server')
    .option('--scope <scopes>', 'ask for these scopes, separated by spaces')
    .option('--resource <uri>', 'ask for a token for this API (RFC 8707), repeatable', collect)
    .option('--user-agent <text>', 'send this User-Agent header')
    .option('--header <header>', "send this 'Name: value' to the model API, repeatable", collect)
    .option('--api-key-header <name>', 'send the API key in this header, such as api-key');
  if (timeout) {
    command.option(
      '--timeout <duration>',
      'wait this long for the server (30s, 2m)',
      durationFlag('--timeout'),
    );
  }
  return command
    .option(
      '--max-retries <n>',
      'repeat a request that fails for the moment up to this many times (default: 2)',
      decimalNumber('--max-retries', MAX_RETRIES),
    )
    .option('--sanitize', 'make output safe for terminals, also in a pipe')
    .option('--trace', 'show the times and sizes of all requests, without secrets, on stderr')
    .option('--trace-har <file>', 'write all requests, without secrets, to this HAR file')
    .option('--debug', 'show settings, requests and stack traces, without secrets, on stderr');
}

/**
 * Declares the values of an option. Another one is refused with the code that it has in a variable or
 * a profile; the check of commander has one code for all options.
 * @param code of the UsageError
 */
export function withChoices(option: Option, values: readonly string[], code: string): Option {
  const flag = String(option.long);
  const check = oneOf(values, code);
  return option.choices(values).argParser((text: string) => {
    fromFlag(flag, text);
    return check(text, flag);
  });
}

/** Collects the values of a flag that can be repeated. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

/** Converts the text of a flag for commander's `option`; throws a UsageError that names the flag. */
export type FlagParser = (text: string) => number;

/** A number in decimal digits that the rule accepts. */
export function decimalNumber(flag: string, rule: NumberRule): FlagParser {
  return (text) => parseNumber(text, flag, rule);
}

/** A whole number in decimal digits, from `least` to `most`. */
export function wholeNumber(flag: string, least: number, most: number): FlagParser {
  return decimalNumber(flag, wholeNumberRule(least, most, codeOf(flag)));
}

/** The cap of an answer, of the commands that ask a model. */
export function maxAnswerOption(): Option {
  const flag = '--max-answer';
  return new Option(
    `${flag} <size>`,
    'end an answer that gets larger than this (default: 32MiB)',
  ).argParser((text: string) => SETTINGS.max_answer.parse(text, flag));
}

/** A duration such as `500ms`, `30s` or `2m`, in milliseconds. */
export function durationFlag(flag: string): FlagParser {
  return (text) => parseDuration(text, flag);
}

function codeOf(flag: string): string {
  return `invalid_${flag.replace(/^--/, '').replaceAll('-', '_')}`;
}
