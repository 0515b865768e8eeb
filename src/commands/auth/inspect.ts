import { requireLoginEndpoint } from '../../core/api/login-access.ts';
import { issuerOf } from '../../core/credentials/authorization-server.ts';
import { clientIdOf } from '../../core/credentials/client.ts';
import { parseStoredKey } from '../../core/credentials/api-key-store.ts';
import { type Credentials, notSignedIn } from '../../core/credentials/credentials.ts';
import { parseCredentials } from '../../core/credentials/file-store.ts';
import {
  createFailureRecord,
  failurePath,
  type RefreshFailure,
} from '../../core/credentials/refresh-failure.ts';
import { readMountedFile } from '../../core/credentials/read-only.ts';
import { QwenDemoError } from '../../core/errors.ts';
import { looseMode, modeOf } from '../../core/files/own-file.ts';
import { peekSecretFile } from '../../core/files/secret-file.ts';
import { SETTING_LOGIN, SETTING_HOME, type FileRef } from '../../core/files/storage-error.ts';
import type { KeySetting } from '../../core/settings/api-key.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import { loginFile, type Settings } from '../../core/settings/settings.ts';
import { transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { chooseKey, openApiKey, requireKey } from '../stored-key.ts';
import { openLogin } from '../stored-login.ts';

/** A stored login, without its secrets. */
export interface LoginStatus {
  /** The path or the keyring entry, and the setting it comes from. */
  location: Sourced<string>;
  store: Sourced<string>;
  /** The permissions of the file in octal; null for a keyring. */
  mode: string | null;
  /** Whether the permissions let other users in. The next use repairs them. */
  loose: boolean;
  issuer: string;
  /** Null when the login at another issuer than Qwen records none. */
  client_id: string | null;
  /** Milliseconds since the epoch, as stored. */
  expiry_date: number;
  expired: boolean;
  /** Whether the login is only read: never written and never refreshed. */
  read_only: boolean;
  /** Whether there is a refresh token that the server has not rejected. */
  refreshable: boolean;
  /** The message with which the server rejected the refresh token. */
  refresh_refused: string | null;
}

/** An API key, without the key itself. */
export interface KeyStatus {
  /** The variable or the place of the key; null when a server on loopback needs none. */
  source: string | null;
  mode: string | null;
  loose: boolean;
}

/** The access that the settings lead to, found without a request. */
export interface Inspection {
  endpoint: Sourced<string> | null;
  login: LoginStatus | null;
  api_key: KeyStatus | null;
  /** Why the access cannot be used. */
  problem: QwenDemoError | undefined;
}

/**
 * Reads the login or the API key of the settings. Refreshes nothing, and repairs only what
 * an earlier command could not finish saving.
 * @throws only what is not a QwenDemoError
 */
export function inspect(context: Context, settings: Settings): Promise<Inspection> {
  const { auth } = settings;
  return auth.method === 'api-key'
    ? inspectKey(context, settings, auth)
    : inspectLogin(context, settings);
}

async function inspectKey(
  context: Context,
  settings: Settings,
  auth: KeySetting,
): Promise<Inspection> {
  const { endpoint } = auth;
  let [mode, loose]: [string | null, boolean] = [null, false];
  let stored_at: string | undefined;

  function open() {
    const { location, load } = openApiKey(context, settings);
    stored_at = location;
    return { location, load: settings.store.value === 'keyring' ? load : () => peekKey(location) };
  }

  async function peekKey(location: string) {
    const file = await peek(context, settings, { path: location, setting: SETTING_HOME });
    if (!file) return undefined;
    ({ mode, loose } = file);
    return parseStoredKey(location, file.text);
  }

  let source: string | null = null;
  const problem = await problemOf(async () => {
    const chosen = await chooseKey(open, auth);
    source = chosen.key?.source ?? null;
    requireKey(chosen, endpoint);
  });
  if (source !== stored_at) [mode, loose] = [null, false];
  return { endpoint, login: null, api_key: { source, mode, loose }, problem };
}

async function inspectLogin(context: Context, settings: Settings): Promise<Inspection> {
  let endpoint: Sourced<string> | null = settings.auth.base_url ?? null;
  let login: LoginStatus | null = null;
  const problem = await problemOf(async () => {
    const { credentials, ...place } = await readLogin(context, settings);
    const failure = await lastFailure(context, settings, credentials);
    const refused = failure?.rejected ? failure.error : undefined;
    login = describe(context, settings, credentials, { ...place, refused });
    endpoint = requireLoginEndpoint(credentials, settings.auth.base_url);
    if (login.read_only) await openStored(context, settings).session.getValid();
    // Without a refresh token a login is used until the API refuses it.
    if (login.expired && refused) throw refused;
  });
  return { endpoint, login, api_key: null, problem };
}

function openStored(context: Context, settings: Settings) {
  return openLogin(context, settings, transportOf(context, settings));
}

async function readLogin(context: Context, settings: Settings) {
  const { store } = settings;
  const path = loginFile(settings);
  const { session, store: stored } = openStored(context, settings);
  const failure = await session.finishSave(context.signal);
  if (store.value === 'keyring') {
    const location = { ...path, value: stored.location };
    const credentials = await stored.load();
    if (!credentials) throw failure ?? notSignedIn(stored.location);
    return { credentials, location, store, mode: null, loose: false };
  }
  const file = await peek(context, settings, { path: path.value, setting: SETTING_LOGIN });
  if (!file) throw failure ?? notSignedIn(path.value);
  const { text, mode, loose } = file;
  return { credentials: parseCredentials(path.value, text), location: path, store, mode, loose };
}

async function lastFailure(
  context: Context,
  settings: Settings,
  { refresh_token }: Credentials,
): Promise<RefreshFailure | undefined> {
  if (refresh_token === undefined) return undefined;
  return createFailureRecord(failurePath(loginFile(settings).value), context).load(refresh_token);
}

/** Reads a file with secrets without a repair of its permissions; undefined when there is none. */
async function peek({ self, clock }: Context, { read_only_credentials }: Settings, ref: FileRef) {
  const read_only = read_only_credentials.value;
  const file = await (read_only
    ? readMountedFile({ ...ref, clock })
    : peekSecretFile({ ...ref, self, clock }));
  if (!file) return undefined;
  const { text, stat } = file;
  return { text, mode: modeOf(stat), loose: !read_only && looseMode(self, stat) !== undefined };
}

interface LoginFile extends Pick<LoginStatus, 'location' | 'store' | 'mode' | 'loose'> {
  refused: QwenDemoError | undefined;
}

function describe(
  { clock }: Context,
  settings: Settings,
  credentials: Credentials,
  { refused, ...file }: LoginFile,
): LoginStatus {
  const { expiry_date, refresh_token } = credentials;
  return {
    ...file,
    issuer: issuerOf(credentials, settings.issuer),
    client_id: clientIdOf(credentials, settings) ?? null,
    expiry_date,
    expired: expiry_date <= clock.now(),
    read_only: settings.read_only_credentials.value,
    refreshable:
      refresh_token !== undefined && refused === undefined && !settings.read_only_credentials.value,
    refresh_refused: refused?.message ?? null,
  };
}

/** The error of `work` that can be explained; undefined when there is none. */
async function problemOf(work: () => Promise<void>): Promise<QwenDemoError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof QwenDemoError) return error;
    throw error;
  }
}
