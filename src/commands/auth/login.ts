import { type Command, Option } from 'commander';
import { loginAccess, loginEndpoint } from '../../core/api/login-access.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import type { LoginPlace } from '../../core/credentials/file-session.ts';
import { completeLogin, type LoginPorts } from '../../core/credentials/login.ts';
import type { PendingLogin, PendingLoginFile } from '../../core/credentials/pending-login.ts';
import type { CredentialStore } from '../../core/credentials/store.ts';
import { AuthError, QwenDemoError, rephrase, StorageError } from '../../core/errors.ts';
import type { Send } from '../../core/http/message.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { STORES } from '../../core/settings/definitions.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { completeHint } from '../hint-commands.ts';
import { notice } from '../notice.ts';
import { type ConnectionOptions, connectionOptions, withChoices } from '../options.ts';
import { absolutePath } from '../paths.ts';
import { openLogin, requireWritable } from '../stored-login.ts';
import { beginAtServer } from './begin.ts';
import { ISSUER_FLAGS, type IssuerFlags, issuerOptions } from './issuer-flags.ts';
import { jsonScreen, type LoginScreen, textScreen } from './login-screen.ts';
import { openPendingLogin } from './pending-login.ts';
import { warnOfPrecedence } from './precedence.ts';
import { recordStored } from './record.ts';
import { testLogin } from './test-request.ts';

interface LoginFlags extends ConnectionOptions, IssuerFlags {
  /** False with `--no-browser`. */
  browser: boolean;
  json?: boolean;
  qr?: boolean;
  initOnly?: boolean;
  complete?: boolean;
  withApiKey?: boolean;
}

/** Flags of an OAuth login, which mean nothing for an API key. */
const OAUTH_FLAGS = [
  'initOnly',
  'complete',
  'qr',
  'auth',
  'issuer',
  'clientId',
  'scope',
  'resource',
  ...ISSUER_FLAGS,
];

/** Declares `qwen-demo auth login`. */
export function loginCommand(auth: Command, context: Context): void {
  const qr = new Option('--qr', 'show the page as a QR code too').conflicts('json');
  const initOnly = new Option(
    '--init-only',
    'start the login, print code and page, and do not wait',
  ).conflicts('complete');
  const store = withChoices(
    new Option('--store <kind>', 'where to store the login'),
    STORES,
    'invalid_setting',
  );
  const withApiKey = new Option(
    '--with-api-key',
    'store an API key instead, read from standard input or a hidden prompt',
  ).conflicts(OAUTH_FLAGS);
  const command = auth
    .command('login', { isDefault: true })
    .description('Sign in with a code in the browser (OAuth 2.0 device flow with PKCE).')
    .option('--no-browser', 'do not open the browser')
    .option('--json', 'print one event a line')
    .addOption(qr)
    .addOption(initOnly)
    .option('--complete', 'finish the login that --init-only started, with its settings')
    .addOption(store)
    .addOption(withApiKey)
    .action(async (flags: LoginFlags) => {
      if (!flags.withApiKey) return login(context, flags);
      const { loginWithKey } = await import('./key-login.ts');
      return loginWithKey(context, flags);
    });
  issuerOptions(command, context);
  connectionOptions(command);
}

/**
 * Signs in by RFC 8628 with PKCE, in one process or in two, and tests the login with one request.
 * @throws the errors of {@link beginLogin} and {@link completeLogin}; AuthError `no_pending_login`,
 *   or that of the API when it refuses the login; StorageError
 */
async function login(context: Context, flags: LoginFlags): Promise<void> {
  const when = flags.complete ? 'on-enter' : 'at-once';
  const browser = flags.browser ? when : 'never';
  const screen = flags.json
    ? jsonScreen(context)
    : textScreen(context, { browser, qr: flags.qr === true });
  try {
    await signIn(context, flags, screen);
  } catch (error) {
    if (!context.signal.aborted) screen.failed(error);
    throw error;
  } finally {
    screen.close();
  }
}

/** What the steps of a login share. */
interface Run {
  settings: Settings;
  ports: LoginPorts;
  pending: PendingLoginFile;
  screen: LoginScreen;
}

async function signIn(context: Context, flags: LoginFlags, screen: LoginScreen): Promise<void> {
  const { clock, random, signal } = context;
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' }, { new_profile: true });
  requireWritable(settings, 'auth login');
  const send = transportOf(context, settings);
  const pending = openPendingLogin(context, settings.profile.value);
  const run = { settings, ports: { send, clock, random, signal }, pending, screen };
  const login = flags.complete
    ? await requirePending(pending)
    : await beginAtServer(context, run, flags);
  if (flags.initOnly) {
    // Another process may complete it in another folder. In a keyring the path is only a name.
    const path = login.store === 'file' ? absolutePath(login.path) : login.path;
    await pending.save({ ...login, path });
    await screen.begun(login.device, completeCommand(settings));
    return;
  }
  const first = completeHint('qwen-demo auth login --init-only', context.argv);
  const steps = flags.complete ? undefined : ([first, completeCommand(settings)] as const);
  screen.verification(login.device, steps);
  const complete = flags.complete ? pollPending : poll;
  await finish(context, run, login, await complete(context, run, login));
}

async function requirePending(file: PendingLoginFile): Promise<PendingLogin> {
  const login = await file.load();
  if (login) return login;
  throw new AuthError('There is no login to complete', {
    code: 'no_pending_login',
    hint: 'Start one: qwen-demo auth login --init-only',
  });
}

/** The profile that a command uses without a flag can be another one by then. */
function completeCommand({ profile }: Settings): string {
  const flag = profile.layer === 'default' ? '' : ` --profile ${profile.value}`;
  return `qwen-demo auth login --complete${flag}`;
}

async function poll(_: Context, { ports, screen }: Run, login: PendingLogin): Promise<Credentials> {
  return completeLogin(login, ports, screen.poll);
}

async function pollPending(context: Context, run: Run, login: PendingLogin): Promise<Credentials> {
  try {
    return await poll(context, run, login);
  } catch (error) {
    // The server refused the device code. After any other error `--complete` can run again.
    if (error instanceof AuthError) await removePending(context, run.pending);
    throw error;
  }
}

/** A code that was used or refused does no harm. An error would hide how the login ended. */
async function removePending(context: Context, pending: PendingLoginFile): Promise<void> {
  await pending.remove().catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error;
    notice(context, error.message);
  });
}

/** Stores the credentials first: no other copy exists. Then records and tests the login. */
async function finish(
  context: Context,
  { settings, ports, pending, screen }: Run,
  login: PendingLogin,
  credentials: Credentials,
): Promise<void> {
  const { session, store } = openLogin(context, settings, ports.send, login);
  try {
    await session.signIn(credentials, ports.signal);
  } catch (error) {
    if (!(error instanceof StorageError) || !(await isKept(store))) throw error;
    await recordStored(context, settings.profile, login, store.location);
    await removePending(context, pending);
    throw rephrase(error, { hint: KEPT });
  }
  await recordStored(context, settings.profile, login, store.location);
  await removePending(context, pending);
  await deleteFromOtherStore(context, settings, ports.send, login);
  screen.close();

  const endpoint = loginEndpoint(credentials)?.value;
  // After a 401 a refresh would hide why the API refuses a token that is new.
  const renew = () => Promise.resolve(undefined);
  const access = { ...loginAccess({ session }), renew };
  await screen.signedIn({
    endpoint,
    expiry_date: credentials.expiry_date,
    refreshable: credentials.refresh_token !== undefined,
    location: store.location,
    test:
      endpoint === undefined
        ? 'not sent: the API is unknown; name it with --base-url'
        : await testLogin(context, settings, { send: ports.send, access, endpoint }),
  });
  warnOfPrecedence(context, settings, login.store);
}

/** Whether the next command can put a login in place that could not be. */
function isKept(store: CredentialStore): Promise<boolean> {
  return store.isUnfinished().catch(() => false);
}

const KEPT =
  'The login is kept in a temporary file beside it, and the next command tries again: ' +
  'qwen-demo auth status';

/** When a login moves from the file to the keyring or back, deletes the secrets in the old place. */
async function deleteFromOtherStore(
  context: Context,
  settings: Settings,
  send: Send,
  { store: current, path }: LoginPlace,
): Promise<void> {
  const before = settings.profile.recorded?.store === 'keyring' ? 'keyring' : 'file';
  if (before === current) return;
  const { session, store } = openLogin(context, settings, send, { store: before, path });
  try {
    if (await session.signOut()) notice(context, `The old login was deleted: ${store.location}`);
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    notice(context, `The old login could not be deleted. ${error.message}`);
  }
}
