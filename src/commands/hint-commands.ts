/** Completes the commands in the hints of errors by the flags that say which login is meant. */

import { describeError, type ErrorReport } from '../core/error-report.ts';
import type { Context } from './context.ts';
import { secretsOfRun } from './secrets.ts';

/** Flags that select a profile. */
const PROFILE = ['--profile'];
/** Flags that select a login, or the server that it comes from. */
const LOGIN = [
  ...PROFILE,
  '--credentials',
  '--store',
  '--issuer',
  '--device-endpoint',
  '--token-endpoint',
  '--trust-host',
  '--client-id',
  '--client-secret-file',
  '--scope',
  '--resource',
  '--param',
  '--base-url',
];

/** Flags that select a key, or the server that it is for. */
const KEY = [
  ...PROFILE,
  '--store',
  '--plan',
  '--region',
  '--workspace',
  '--base-url',
  '--api-key-header',
];

/**
 * A hint whose `auth` commands select the same profile and login as the command line. In a hint such a
 * command stands at the end of its line. It needs no flags for what the stored login keeps: `auth`
 * signs in where that is from.
 * @param argv the command line, without node and script
 */
export function completeHint(hint: string, argv: readonly string[]): string {
  return hint.replaceAll(/qwen-demo auth\b[^\n]*?(?=( <.*)?$)/gm, (command) => {
    const flags = flagsOf(argv, flagNamesFor(command)).filter(
      ([flag]) => !command.includes(` ${flag} `),
    );
    return [command, ...flags.flat().map(quoted)].join(' ');
  });
}

function flagNamesFor(command: string): readonly string[] {
  if (command.includes(' --with-api-key')) return KEY;
  return /^qwen-demo auth( login)?( --|$)/.test(command) ? LOGIN : PROFILE;
}

/**
 * The report of an error, without the secrets of the run. Its hint works for the profile and the login
 * of the command line.
 */
export function reportOf(
  { argv, terminal }: Pick<Context, 'argv' | 'terminal'>,
  error: unknown,
): ErrorReport {
  const report = describeError(error);
  const whole = { ...report, hint: report.hint && completeHint(report.hint, argv) };
  return secretsOfRun({ terminal }).redactIn(whole);
}

/** The flags of these names with their values, in the order of the command line. */
function flagsOf(argv: readonly string[], names: readonly string[]): [string, string][] {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  return own.flatMap((word, at): [string, string][] => {
    const [flag = '', ...value] = word.split('=');
    if (!names.includes(flag)) return [];
    return [[flag, value.length > 0 ? value.join('=') : (own[at + 1] ?? '')]];
  });
}

/** A word as a POSIX shell reads it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
