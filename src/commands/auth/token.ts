import { stringify } from '../../terminal/sanitize.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { openLogin } from '../stored-login.ts';
import { factsOf } from './facts.ts';

export interface TokenFlags extends ConnectionOptions {
  json?: boolean;
}

/**
 * `qwen-demo auth token`: an access token that is good for another 30 s at least, for scripts.
 * @throws as `Session.getValid`
 */
export async function runToken(context: Context, flags: TokenFlags): Promise<void> {
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' });
  const { session } = openLogin(context, settings, transportOf(context, settings, flags));
  const credentials = await session.getValid(context.signal);
  const { access_token } = credentials;
  const text = flags.json
    ? stringify({ access_token, ...factsOf(credentials, settings) })
    : access_token;
  context.terminal.stdout.write(`${text}\n`);
}
