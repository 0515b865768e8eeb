import { type Command, Option } from 'commander';
import { loginEndpoint } from '../../core/api/login-access.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import type { Session } from '../../core/credentials/session.ts';
import { QwenDemoError } from '../../core/errors.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import {
  type ConnectionOptions,
  connectionOptions,
  durationFlag,
  withChoices,
} from '../options.ts';
import { exportLines } from '../shell.ts';
import { openLogin } from '../stored-login.ts';
import { isoTime, relativeTime } from '../time.ts';

const FORMATS = ['token', 'header', 'env'] as const;

interface TokenFlags extends ConnectionOptions {
  json?: boolean;
  format?: (typeof FORMATS)[number];
  /** In milliseconds. */
  minTtl?: number;
}

/** Declares `qwen-demo auth token`. */
export function tokenCommand(auth: Command, context: Context): void {
  const command = auth
    .command('token')
    .description('Print a valid access token for use in a script. Refresh it first if need be.')
    .option('--json', 'print the token with its expiry, its endpoint and its type')
    .addOption(
      withChoices(
        new Option('--format <name>', 'print the token alone, as a header, or as variables'),
        FORMATS,
        'unknown_format',
      ),
    )
    .option(
      '--min-ttl <duration>',
      'refresh a token that is valid for less than this (default: 30s)',
      durationFlag('--min-ttl'),
    )
    .action((flags: TokenFlags) => printToken(context, flags));
  connectionOptions(command);
}

/** Prints an access token that is valid for 30 s or more. @throws the errors of `Session.getValid` */
async function printToken(context: Context, flags: TokenFlags): Promise<void> {
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' });
  const { session } = openLogin(context, settings, transportOf(context, settings));
  const credentials = await validFor(flags.minTtl ?? 0, session, context);
  const text = flags.json
    ? stringify({
        access_token: credentials.access_token,
        token_type: 'Bearer',
        ...tokenFacts(credentials, settings),
      })
    : textOf(credentials, flags.format ?? 'token', settings);
  context.terminal.stdout.write(`${text}\n`);
}

/**
 * A valid token, refreshed if less than `ms` are left. If that fails, or the server gives no token for
 * so long, a notice says so.
 */
async function validFor(ms: number, session: Session, context: Context): Promise<Credentials> {
  const { clock, signal } = context;
  const valid = await session.getValid(signal);
  const lasts = ({ expiry_date }: Credentials) => expiry_date - clock.now() >= ms;
  if (ms === 0 || lasts(valid)) return valid;
  const renewed = await session.renew(valid.access_token, signal).catch((error: unknown) => {
    if (!(error instanceof QwenDemoError) || clock.now() >= valid.expiry_date) throw error;
    notice(context, `${error.message}. The token in use is printed.`);
    return valid;
  });
  const best = renewed ?? valid;
  if (!lasts(best)) {
    notice(context, `The token expires ${relativeTime(best.expiry_date, clock.now())}.`);
  }
  return best;
}

function textOf(
  credentials: Credentials,
  format: (typeof FORMATS)[number],
  settings: Settings,
): string {
  const { access_token } = credentials;
  if (format === 'token') return access_token;
  if (format === 'header') return `Authorization: Bearer ${access_token}`;
  const { endpoint } = tokenFacts(credentials, settings);
  return exportLines({
    ...(endpoint !== null && { OPENAI_BASE_URL: endpoint }),
    OPENAI_API_KEY: access_token,
  }).join('\n');
}

/** What `--json` says of a token: null for a time that no `Date` holds and for an unknown endpoint. */
export function tokenFacts(credentials: Credentials, { auth }: Settings) {
  return {
    expires_at: isoTime(credentials.expiry_date) ?? null,
    endpoint: loginEndpoint(credentials, auth.base_url)?.value ?? null,
  };
}
