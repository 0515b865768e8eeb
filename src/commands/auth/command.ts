import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';

export interface LoginFlags extends ConnectionOptions {
  /** False with `--no-browser`. */
  browser: boolean;
  json?: boolean;
}

/** The family around the login; `auth` alone is `auth login`. */
export function authCommand(program: Command, context: Context): void {
  const auth = program.command('auth').description('Sign in, once for all later commands.');
  loginCommand(auth, context);
}

function loginCommand(auth: Command, context: Context): void {
  const command = auth
    .command('login', { isDefault: true })
    .description('Sign in with a code in the browser (OAuth 2.0 device flow with PKCE).')
    .option('--no-browser', 'do not open the browser')
    .option('--json', 'print one event a line')
    .action(async (flags: LoginFlags) => {
      const { runLogin } = await import('./login.ts');
      await runLogin(context, flags);
    });
  connectionOptions(command);
}
