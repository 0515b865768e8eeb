import type { Command } from 'commander';
import { loginEndpoint } from '../../core/api/login-access.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';
import { openLogin } from '../stored-login.ts';
import { isoTime } from '../time.ts';

interface TokenFlags extends ConnectionOptions {
  json?: boolean;
}

/** Declares `qwen-demo auth token`. */
export function tokenCommand(auth: Command, context: Context): void {
  const command = auth
    .command('token')
    .description('Print a valid access token for use in a script. Refresh it first if need be.')
    .option('--json', 'print the token with its expiry and its endpoint')
    .action((flags: TokenFlags) => printToken(context, flags));
  connectionOptions(command);
}

/** Prints an access token that is valid for 30 s or more. @throws the errors of `Session.getValid` */
async function printToken(context: Context, flags: TokenFlags): Promise<void> {
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' });
  const { session } = openLogin(context, settings, transportOf(context, settings, flags));
  const credentials = await session.getValid(context.signal);
  const { access_token } = credentials;
  const text = flags.json
    ? stringify({ access_token, ...tokenFacts(credentials, settings) })
    : access_token;
  context.terminal.stdout.write(`${text}\n`);
}

/** What `--json` says of a token: null for a time that no `Date` holds and for an unknown endpoint. */
export function tokenFacts(credentials: Credentials, { auth }: Settings) {
  return {
    expires_at: isoTime(credentials.expiry_date) ?? null,
    endpoint: loginEndpoint(credentials, auth.base_url)?.value ?? null,
  };
}
