import type { Command } from 'commander';
import { issuerOf } from '../../core/credentials/authorization-server.ts';
import { sanitize, stringify } from '../../terminal/sanitize.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';
import { openLogin, requireWritable } from '../stored-login.ts';
import { fullTime } from '../time.ts';
import { tokenFacts } from './token.ts';

interface RefreshFlags extends ConnectionOptions {
  force?: boolean;
  json?: boolean;
}

/** Declares `qwen-demo auth refresh`. */
export function refreshCommand(auth: Command, context: Context): void {
  const command = auth
    .command('refresh')
    .description('Refresh the login if its token expires within 30 s.')
    .option('--force', 'refresh the login at any time')
    .option('--json', 'print one JSON document')
    .action((flags: RefreshFlags) => refreshLogin(context, flags));
  connectionOptions(command);
}

/** @throws the errors of `Session.getValid` */
async function refreshLogin(context: Context, flags: RefreshFlags): Promise<void> {
  const { clock, terminal, signal } = context;
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' });
  requireWritable(settings, 'auth refresh');
  const { session, store } = openLogin(context, settings, transportOf(context, settings));
  await session.finishSave(signal);
  const before = await store.load();
  const credentials = flags.force ? await session.refresh(signal) : await session.getValid(signal);
  const refreshed = credentials.access_token !== before?.access_token;

  // A server may answer with the token that it gave before.
  const same_token = flags.force === true && !refreshed;
  if (flags.json) {
    terminal.stdout.write(
      `${stringify({ refreshed, same_token, ...tokenFacts(credentials, settings) })}\n`,
    );
    return;
  }
  const until = fullTime(credentials.expiry_date, clock.now());
  const what = refreshed
    ? 'Refreshed: the token'
    : same_token
      ? `${issuerOf(credentials, settings.issuer)} sent the same token again: it`
      : 'Nothing to do: the token';
  terminal.stdout.write(wrapFor(terminal.stdout, sanitize(`${what} is valid until ${until}.\n`)));
}
