import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';
import { loginSubcommands } from './subcommands.ts';

export interface LoginFlags extends ConnectionOptions {
  /** False with `--no-browser`. */
  browser: boolean;
  json?: boolean;
  qr?: boolean;
  initOnly?: boolean;
  complete?: boolean;
  withApiKey?: boolean;
}

export interface StatusFlags extends ConnectionOptions {
  check?: boolean;
  json?: boolean;
}

/** The family around the login; `auth` alone is `auth login`. */
export function authCommand(program: Command, context: Context): void {
  const auth = program.command('auth').description('Sign in, once for all later commands.');
  // The default takes every word for its own, a misspelt command too.
  auth.hook('preSubcommand', ({ args: [word] }) => {
    if (word === undefined || word.startsWith('-') || isCommand(auth, word)) return;
    auth.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
  });
  loginCommand(auth, context);
  statusCommand(auth, context);
  loginSubcommands(auth, context);
}

function isCommand(parent: Command, word: string): boolean {
  return word === 'help' || parent.commands.some((command) => command.name() === word);
}

/** Flags that speak of a login, and make no sense beside a key. */
const ABOUT_LOGINS = [
  'initOnly',
  'complete',
  'qr',
  'auth',
  'issuer',
  'clientId',
  'scope',
  'resource',
];

const withApiKey = new Option(
  '--with-api-key',
  'store an API key instead, read from standard input or at a hidden prompt',
).conflicts(ABOUT_LOGINS);

function loginCommand(auth: Command, context: Context): void {
  const command = auth
    .command('login', { isDefault: true })
    .description('Sign in with a code in the browser (OAuth 2.0 device flow with PKCE).')
    .option('--no-browser', 'do not open the browser')
    .option('--json', 'print one event a line')
    .addOption(new Option('--qr', 'show the page as a QR code too').conflicts('json'))
    .addOption(
      new Option('--init-only', 'begin the login, print code and page, and do not wait').conflicts(
        'complete',
      ),
    )
    .option('--complete', 'finish the login that was begun')
    .option('--store <kind>', 'keep the login in a file, or in the keyring of the system')
    .addOption(withApiKey)
    .action(async (flags: LoginFlags) => {
      if (flags.withApiKey) {
        const { runKeyLogin } = await import('./key-login.ts');
        await runKeyLogin(context, flags);
        return;
      }
      const { runLogin } = await import('./login.ts');
      await runLogin(context, flags);
    });
  connectionOptions(command);
}

function statusCommand(auth: Command, context: Context): void {
  const command = auth
    .command('status')
    .description('Show how the API is reached, and why so. Changes nothing.')
    .option('--check', 'ask the API something, to see whether it lets us in')
    .option('--json', 'print one JSON document')
    .action(async (flags: StatusFlags) => {
      const { runStatus } = await import('./status.ts');
      await runStatus(context, flags);
    });
  connectionOptions(command);
}
