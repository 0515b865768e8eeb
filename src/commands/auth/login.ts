import { loginAccess, loginEndpoint } from '../../core/api/login-access.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import type { StoreKind } from '../../core/credentials/file-session.ts';
import type { PendingLogin, PendingLoginFile } from '../../core/credentials/pending-login.ts';
import { AuthError, QwenDemoError } from '../../core/errors.ts';
import type { Send } from '../../core/http/message.ts';
import { QWEN_ISSUER } from '../../core/qwen/issuer.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { openLogin, replacedLogin } from '../stored-login.ts';
import type { LoginFlags } from './command.ts';
import { beginLogin, finishLogin } from './device-login.ts';
import { jsonScreen, type LoginScreen, textScreen } from './login-screen.ts';
import { flagsOf, namedBy, openPendingLogin } from './pending.ts';
import { recordLogin } from './record-login.ts';
import { testAccess } from './test-request.ts';

/**
 * `qwen-demo auth`: RFC 8628 with PKCE, whole or in two halves, then one test request.
 * @throws what the two halves throw; AuthError `no_pending_login` when there is nothing to complete,
 *   or when the login worked but the API refuses it
 */
export async function runLogin(context: Context, flags: LoginFlags): Promise<void> {
  const screen = flags.json
    ? jsonScreen(context)
    : textScreen(context, {
        browser: flags.browser && flags.complete !== true,
        qr: flags.qr === true,
      });
  try {
    await signIn(context, flags, screen);
  } catch (error) {
    if (!context.signal.aborted) screen.failed(error);
    throw error;
  } finally {
    screen.close();
  }
}

async function signIn(context: Context, flags: LoginFlags, screen: LoginScreen): Promise<void> {
  const settings = await loginSettings(context, flags);
  const send = transportOf(context, settings, flags);
  const pending = openPendingLogin(context, settings.profile.value);
  if (flags.complete) {
    const login = await resume(pending);
    const all = { ...flags, ...flagsOf(login) };
    const kept = settingsFor(login, await loginSettings(context, all));
    screen.verification(login.device);
    await finish(context, { settings: kept, flags: all, send, pending, login, screen });
    return;
  }
  const login = await begin(context, settings, send, flags);
  if (flags.initOnly) {
    await pending.save(login);
    await screen.begun(login.device, finishCommand(settings));
    return;
  }
  screen.verification(login.device);
  await finish(context, { settings, flags, send, pending, login, screen });
}

function loginSettings(context: Context, flags: LoginFlags): Promise<Settings> {
  return settingsOf(context, { ...flags, auth: 'oauth' }, { new_profile: true });
}

/** @throws StorageError before anything is asked for, when a login could not be kept there */
async function begin(
  context: Context,
  settings: Settings,
  send: Send,
  flags: LoginFlags,
): Promise<PendingLogin> {
  const { store } = openLogin(context, settings, send);
  const present = await replacedLogin(store);
  const login = await beginLogin(context, settings, send, namedBy(flags, settings));
  const issuer = present && (present.issuer ?? QWEN_ISSUER);
  if (issuer !== undefined && issuer !== login.server.issuer) {
    notice(
      context,
      `This login will replace the one at ${issuer} in ${store.location}; with --profile NAME ` +
        'both are kept.',
    );
  }
  return login;
}

async function resume(pending: PendingLoginFile): Promise<PendingLogin> {
  const login = await pending.load();
  if (login) return login;
  throw new AuthError('No login was begun that could be completed', {
    code: 'no_pending_login',
    hint: 'Begin one: qwen-demo auth login --init-only',
  });
}

/** The second half keeps to what the first one was told. */
function settingsFor({ credentials, store }: PendingLogin, settings: Settings): Settings {
  const source = 'the begun login';
  return {
    ...settings,
    credentials: { value: credentials, source },
    store: { value: store, source },
  };
}

function finishCommand({ profile }: Settings): string {
  const flag = profile.value === 'default' ? '' : ` --profile ${profile.value}`;
  return `qwen-demo auth login --complete${flag}`;
}

interface Finish {
  settings: Settings;
  flags: LoginFlags;
  send: Send;
  pending: PendingLoginFile;
  login: PendingLogin;
  screen: LoginScreen;
}

async function finish(context: Context, options: Finish): Promise<void> {
  const { settings, flags, send, pending, login, screen } = options;
  const { session, store } = openLogin(context, settings, send);
  let credentials: Credentials;
  try {
    const onPoll = screen.poll;
    credentials = await finishLogin(context, { login, send, session, onPoll });
  } catch (error) {
    // Refused for good. After anything else, a lost connection or Ctrl-C, it can be taken up again.
    if (flags.complete && error instanceof AuthError) await pending.remove();
    throw error;
  }
  await pending.remove();
  await recordLogin(context, settings, flags);
  await leaveOtherStore(context, settings, send);
  screen.close();

  const endpoint = loginEndpoint(credentials);
  // A token that is refused when it was just issued would be refused anew: the refusal itself is
  // what the user is to be told, not what became of a refresh.
  const renew = () => Promise.resolve(undefined);
  const access = { ...loginAccess({ session, base_url: undefined }), renew };
  const so_far = 'The login itself worked and is stored';
  const test =
    endpoint === undefined
      ? 'not made: which API?'
      : await testAccess(context, settings, { send, access, endpoint, so_far });
  await screen.signedIn({
    endpoint,
    expiry_date: credentials.expiry_date,
    refreshable: credentials.refresh_token !== undefined,
    location: store.location,
    test,
  });
}

/** A login that moves from file to keyring, or back, leaves no secret behind where that can be helped. */
async function leaveOtherStore(context: Context, settings: Settings, send: Send): Promise<void> {
  const before: StoreKind = settings.profile.recorded?.store === 'keyring' ? 'keyring' : 'file';
  if (before === settings.store.value) return;
  const other: Settings = { ...settings, store: { value: before, source: 'the last login' } };
  const { session, store } = openLogin(context, other, send);
  try {
    if (await session.signOut()) notice(context, `The old login was deleted: ${store.location}`);
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    notice(context, `The old login could not be deleted. ${error.message}`);
  }
}
