import type { Command } from 'commander';
import { createStore } from '../../core/credentials/file-session.ts';
import { namedByFlag } from '../../core/credentials/login.ts';
import type { CredentialStore } from '../../core/credentials/store.ts';
import { AuthError, UsageError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import type { NamingSetting } from '../../core/files/storage-error.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice, noticesOf } from '../notice.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';
import { absolutePath, pathParser, qwenCodeLoginFile } from '../paths.ts';
import { openLogin, placeOfLogin, replacedLogin, requireWritable } from '../stored-login.ts';
import { prepareRecord, recordStored } from './record.ts';

interface ImportFlags extends ConnectionOptions {
  force?: boolean;
}

/** Declares `qwen-demo auth import`. */
export function importCommand(auth: Command, context: Context): void {
  const command = auth
    .command('import')
    .description('Copy the login of Qwen Code.')
    .argument(
      '[file]',
      'file of the login (default: oauth_creds.json in ~/.qwen or $QWEN_HOME)',
      pathParser(context),
    )
    .option('--force', 'replace an existing login')
    .action((file: string | undefined, flags: ImportFlags) => importLogin(context, file, flags));
  connectionOptions(command);
}

/**
 * Copies the login of Qwen Code, or another file of the same format.
 * @throws AuthError `nothing_to_import`; UsageError `same_file`, `login_exists`; StorageError
 */
async function importLogin(
  context: Context,
  file: string | undefined,
  flags: ImportFlags,
): Promise<void> {
  const { clock, random, self, signal, terminal } = context;
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' }, { new_profile: true });
  requireWritable(settings, 'auth import');
  const place = placeOfLogin(settings);
  const send = transportOf(context, settings);
  const { session, store } = openLogin(context, settings, send, place);
  const path = absolutePath(file ?? qwenCodeLoginFile(context.env));
  const target = absolutePath(place.path);
  if (path === target && place.store === 'file') {
    throw new UsageError(`${path} is already the login in use`, { code: 'same_file' });
  }
  const onNotice = noticesOf(context);
  const source = createStore({
    store: 'file',
    path,
    setting: SETTING_IMPORT,
    self,
    random,
    clock,
    onNotice,
  });
  const credentials = await source.load();
  if (!credentials) {
    throw new AuthError(`There is no login at ${path}`, {
      code: 'nothing_to_import',
      hint: 'Sign in with Qwen Code first, or name its file: qwen-demo auth import FILE',
    });
  }
  if (!flags.force) await refuseToReplace(store, clock.now());
  await prepareRecord(context, settings.profile, place.store);
  const client_id = credentials.client_id ?? settings.client_id?.value;
  await session.signIn({ ...credentials, ...given({ client_id }) }, signal);
  const named = namedByFlag(settings, target);
  await recordStored(context, settings.profile, { store: place.store, named }, store.location);
  terminal.stdout.write(
    wrapFor(terminal.stdout, `Imported the login at ${path} to ${store.location}.\n`),
  );
  if (credentials.refresh_token !== undefined) notice(context, sharedTokenNotice(path));
}

/** For hints about the file to import. */
const SETTING_IMPORT: NamingSetting = { sets: 'file', name: 'qwen-demo auth import FILE' };

/** @throws UsageError `login_exists` when there is a login that is valid or can be refreshed */
async function refuseToReplace(store: CredentialStore, now: number): Promise<void> {
  const present = await replacedLogin(store);
  if (!present || (present.expiry_date <= now && present.refresh_token === undefined)) return;
  throw new UsageError(`There is a login already, at ${store.location}`, {
    code: 'login_exists',
    hint: 'Replace it with --force, or keep both with --profile NAME.',
  });
}

/** RFC 6749 §6: a server may issue a new refresh token and revoke the old one. */
const sharedTokenNotice = (path: string) =>
  'Both copies now hold the same refresh token. Where tokens rotate, as at Qwen, the first program\n' +
  'to refresh its copy gets a new one, and the other copy is signed out.\n' +
  `To share one login, use the file of Qwen Code: --credentials ${path}`;
