import type { AccessSource } from '../core/api/access.ts';
import { loginAccess } from '../core/api/login-access.ts';
import {
  hintOfGoneServer,
  issuerOf,
  serverForRefresh,
} from '../core/credentials/authorization-server.ts';
import { oauthClientOf } from '../core/credentials/client.ts';
import type { Credentials } from '../core/credentials/credentials.ts';
import {
  createFileSession,
  createStore,
  type FileSession,
  type LoginPlace,
} from '../core/credentials/file-session.ts';
import {
  createMountedStore,
  createReadOnlySession,
  readOnlyError,
  readOnlyStore,
} from '../core/credentials/read-only.ts';
import type { CredentialStore } from '../core/credentials/store.ts';
import { SETTING_CREDENTIALS } from '../core/files/storage-error.ts';
import { NetworkError, rephrase, StorageError } from '../core/errors.ts';
import type { Send } from '../core/http/message.ts';
import { REFRESH_LIMIT, refreshGrant } from '../core/oauth/refresh.ts';
import { howToLeaveOut, type Sourced } from '../core/settings/layers.ts';
import { loginFile, type Settings } from '../core/settings/settings.ts';
import type { Context } from './context.ts';
import { quoted } from './hint-commands.ts';
import { notice, noticesOf } from './notice.ts';

const WAITING =
  `Waiting for the new tokens of the login, ${REFRESH_LIMIT} s at most: ` +
  'the server may have replaced the old ones already.';

/** The stored login and what keeps it fresh. */
export interface Login {
  session: FileSession;
  store: CredentialStore;
  /** @param named the API that the user named for this login by flag or profile */
  access(named: Sourced<string> | undefined): AccessSource;
}

/** The settings that say where a login is stored and who refreshes it. */
export type LoginSettings = Pick<
  Settings,
  'credentials' | 'store' | 'issuer' | 'client_id' | 'read_only_credentials' | 'allow_http'
>;

/** Where the settings say that the login is stored. @throws UsageError `no_home` */
export function placeOfLogin(settings: Pick<Settings, 'credentials' | 'store'>): LoginPlace {
  return { store: settings.store.value, path: loginFile(settings).value };
}

/**
 * Opens the login of the settings, or one at another place, which need not exist.
 * @throws UsageError `no_home`
 */
export function openLogin(
  context: Context,
  settings: LoginSettings,
  send: Send,
  place: LoginPlace = placeOfLogin(settings),
): Login {
  const { clock, random, self } = context;
  const onNotice = noticesOf(context);
  const store = createStore({ ...place, self, random, clock, onNotice });
  if (settings.read_only_credentials.value) return openReadOnly(context, settings, place, store);
  const session = createFileSession({
    path: place.path,
    store: withClient(store, settings),
    self,
    clock,
    random,
    refresh: (credentials, control) =>
      refreshGrant({
        ...control,
        findServer: (signal) =>
          serverForRefresh(credentials, settings.issuer, {
            client_id: settings.client_id?.value,
            allow_http: settings.allow_http?.value,
            send,
            signal,
          }),
        ...oauthClientOf(credentials, settings),
        refresh_token: credentials.refresh_token,
        resource: credentials.resource,
        send,
        clock,
      }).catch((error: unknown) => {
        throw explainGoneServer(error, issuerOf(credentials, settings.issuer));
      }),
    holdEnd: () =>
      context.holdEnd(REFRESH_LIMIT * 1000, (again) => {
        if (!again) notice(context, WAITING);
      }),
    onNotice,
  });
  return { session, store, access: (named) => loginAccess({ session, named }) };
}

/** A login that records no client is stored with the one that the user names, when it is refreshed. */
function withClient(store: CredentialStore, { client_id }: LoginSettings): CredentialStore {
  if (client_id === undefined) return store;
  return {
    ...store,
    async load() {
      const stored = await store.load();
      const unnamed = stored?.issuer !== undefined && stored.client_id === undefined;
      return unnamed ? { ...stored, client_id: client_id.value } : stored;
    },
  };
}

/** Opens a login that is only read: a mounted file, or an entry of the keyring. */
function openReadOnly(
  { clock }: Context,
  { read_only_credentials: setting }: LoginSettings,
  { store: kind, path }: LoginPlace,
  stored: CredentialStore,
): Login {
  const mounted = createMountedStore({ path, setting: SETTING_CREDENTIALS, clock });
  const store = readOnlyStore(kind === 'file' ? mounted : stored, setting);
  const hint =
    kind === 'file' ? copyHint(path, setting) : `To refresh it, ${howToLeaveOut(setting)}.`;
  const session = createReadOnlySession({ store, setting, hint, clock });
  return { session, store, access: (named) => loginAccess({ session, named, hint }) };
}

/** A variable wins over a profile, and is needed where the setting is not of a flag alone. */
function copyHint(path: string, { layer, overrides = [] }: Sourced<boolean>): string {
  const off =
    layer === 'flag' && overrides.length === 0 ? '' : 'QWEN_DEMO_READ_ONLY_CREDENTIALS=0 ';
  return (
    'Put a login with a valid token in its place, such as a refreshed copy:\n' +
    `  cp ${quoted(path)} login-copy.json && chmod 600 login-copy.json && ` +
    `${off}qwen-demo auth refresh --force --credentials login-copy.json`
  );
}

/**
 * Refuses a command that changes credentials which are only read.
 * @param command such as `auth login`
 * @throws UsageError `read_only_credentials`
 */
export function requireWritable(
  { read_only_credentials: setting }: Pick<Settings, 'read_only_credentials'>,
  command: string,
): void {
  if (setting.value) throw readOnlyError(command, setting);
}

/** The same error, with a hint when the server of a stored login was on this machine and has ended. */
export function explainGoneServer(error: unknown, issuer: string): unknown {
  if (!(error instanceof NetworkError) || error.code !== 'connection_refused') return error;
  const hint = hintOfGoneServer(issuer);
  return hint === undefined ? error : rephrase(error, { hint });
}

/**
 * The credentials that a new login will replace; undefined when there are none or damaged ones.
 * @throws the errors of `CredentialStore.load` but `credentials_corrupt`
 */
export async function replacedLogin(store: CredentialStore): Promise<Credentials | undefined> {
  try {
    return await store.load();
  } catch (error) {
    if (error instanceof StorageError && error.code === 'credentials_corrupt') return undefined;
    throw error;
  }
}
