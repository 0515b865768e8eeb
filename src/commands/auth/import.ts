import { createStore } from '../../core/credentials/file-session.ts';
import { AuthError, UsageError } from '../../core/errors.ts';
import type { CredentialStore } from '../../core/credentials/store.ts';
import { loginFile } from '../../core/settings/settings.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import type { NamedBy } from '../../core/files/storage-error.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ConnectionOptions } from '../options.ts';
import { absolutePath, qwenCodeLoginFile } from '../paths.ts';
import { openLogin, replacedLogin } from '../stored-login.ts';
import { recordLogin } from './record-login.ts';

export interface ImportFlags extends ConnectionOptions {
  force?: boolean;
}

/**
 * `qwen-demo auth import`: copies the login of Qwen Code, or another file of the same form.
 * @throws AuthError `nothing_to_import`; UsageError `login_exists` when a usable one would be lost;
 *   StorageError
 */
export async function runImport(
  context: Context,
  file: string | undefined,
  flags: ImportFlags,
): Promise<void> {
  const { clock, random, self, signal, terminal } = context;
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' }, { new_profile: true });
  const { session, store } = openLogin(context, settings, transportOf(context, settings, flags));
  const path = absolutePath(file ?? qwenCodeLoginFile(context.env));
  if (path === absolutePath(loginFile(settings).value) && settings.store.value === 'file') {
    throw new UsageError(`${path} is the login that is in use already`, { code: 'same_file' });
  }
  const onNotice = ({ message }: { message: string }) => notice(context, message);
  const source = createStore({ kind: 'file', path, named: BY_IMPORT, self, random, onNotice });
  const credentials = await source.load();
  if (!credentials) {
    throw new AuthError(`There is no login at ${path}`, {
      code: 'nothing_to_import',
      hint: 'Sign in with Qwen Code first, or name its file: qwen-demo auth import FILE',
    });
  }
  if (!flags.force) await refuseToReplace(store, clock.now());
  await session.signIn(credentials, signal);
  await recordLogin(context, settings, flags);
  terminal.stdout.write(
    wrapFor(terminal.stdout, `Imported the login at ${path} to ${store.location}.\n`),
  );
  if (credentials.refresh_token !== undefined) notice(context, meaning(path));
}

const BY_IMPORT: NamedBy = { what: 'file', by: 'qwen-demo auth import FILE' };

async function refuseToReplace(store: CredentialStore, now: number): Promise<void> {
  const present = await replacedLogin(store);
  if (!present || (present.expiry_date <= now && present.refresh_token === undefined)) return;
  throw new UsageError(`There is a login already, at ${store.location}`, {
    code: 'login_exists',
    hint: 'Replace it with --force, or keep both with --profile NAME.',
  });
}

/** RFC 6749 §6 lets a server issue a new refresh token and drop the old one. */
const meaning = (path: string) =>
  'Both copies now hold the same refresh token. Where tokens rotate, as at Qwen, the first program\n' +
  'to refresh its copy gets a new one, and the other copy is signed out.\n' +
  `To keep one login for both, use the file where it is: --credentials ${path}`;
