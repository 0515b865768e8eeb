import { stringify } from '../../terminal/sanitize.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { openLogin } from '../stored-login.ts';
import { fullTime } from '../time.ts';
import { factsOf } from './facts.ts';

export interface RefreshFlags extends ConnectionOptions {
  force?: boolean;
  json?: boolean;
}

/**
 * `qwen-demo auth refresh`: refreshes a token that expires soon; with `--force`, any.
 * @throws as `Session.refresh`
 */
export async function runRefresh(context: Context, flags: RefreshFlags): Promise<void> {
  const { clock, terminal, signal } = context;
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' });
  const { session, store } = openLogin(context, settings, transportOf(context, settings, flags));
  const before = await store.load();
  const credentials = flags.force ? await session.refresh(signal) : await session.getValid(signal);
  const refreshed = credentials.access_token !== before?.access_token;

  if (flags.json) {
    terminal.stdout.write(`${stringify({ refreshed, ...factsOf(credentials, settings) })}\n`);
    return;
  }
  const { expiry_date } = credentials;
  const until = fullTime(expiry_date, clock.now());
  const what = refreshed ? 'Refreshed: the token' : 'Nothing to do: the token';
  terminal.stdout.write(wrapFor(terminal.stdout, `${what} is good until ${until}.\n`));
}
