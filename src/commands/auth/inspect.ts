import { requireLoginEndpoint } from '../../core/api/login-access.ts';
import { parseStoredKey } from '../../core/credentials/api-key-store.ts';
import type { Credentials } from '../../core/credentials/credentials.ts';
import { parseCredentials } from '../../core/credentials/file-store.ts';
import { inspectOwnFile } from '../../core/credentials/inspection.ts';
import { notSignedIn } from '../../core/credentials/login-errors.ts';
import { createFailureRecord, failurePath } from '../../core/credentials/refresh-failure.ts';
import { AuthError, QwenDemoError } from '../../core/errors.ts';
import { BY_CREDENTIALS, BY_HOME } from '../../core/files/storage-error.ts';
import { QWEN_CLIENT_ID, QWEN_ISSUER } from '../../core/qwen/issuer.ts';
import type { KeySetting } from '../../core/settings/api-key.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import { loginFile, type Settings } from '../../core/settings/settings.ts';
import { transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { chooseKey, openApiKey, requireKey } from '../stored-key.ts';
import { openLogin } from '../stored-login.ts';
import type { Inspection, LoginStatus } from './status-report.ts';

/** Looks at what the settings lead to: no lock, no refresh, no repair. */
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
    return { location, load: settings.store.value === 'keyring' ? load : () => peek(location) };
  }

  async function peek(location: string) {
    const file = await inspectOwnFile({ path: location, named: BY_HOME }, context.self);
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
    const { credentials, ...place } = await peekLogin(context, settings);
    login = { ...place, ...(await describe(context, settings, credentials)) };
    endpoint ??= endpointOf(credentials);
    requireUsable(login);
  });
  return { endpoint, login, api_key: null, problem };
}

async function peekLogin(context: Context, settings: Settings) {
  const { store } = settings;
  const path = loginFile(settings);
  if (store.value === 'keyring') {
    const kept = openLogin(context, settings, transportOf(context, settings, {})).store;
    const credentials = required(await kept.load(), kept.location);
    const location = { ...path, value: kept.location };
    return { credentials, location, store, mode: null, loose: false };
  }
  const file = await inspectOwnFile({ path: path.value, named: BY_CREDENTIALS }, context.self);
  const text = required(file?.text, path.value);
  const credentials = parseCredentials(path.value, text);
  return {
    credentials,
    location: path,
    store,
    mode: file?.mode ?? null,
    loose: file?.loose ?? false,
  };
}

function required<T>(found: T | undefined, location: string): T {
  if (found !== undefined) return found;
  throw notSignedIn(location);
}

async function describe({ clock, random }: Context, settings: Settings, credentials: Credentials) {
  const { issuer, client_id, expiry_date, refresh_token } = credentials;
  const failures = createFailureRecord(failurePath(loginFile(settings).value), random);
  const failure = refresh_token === undefined ? undefined : await failures.load(refresh_token);
  return {
    issuer: issuer ?? settings.issuer?.url.value ?? QWEN_ISSUER,
    client_id: client_id ?? settings.client_id?.value ?? QWEN_CLIENT_ID,
    expiry_date,
    expired: expiry_date <= clock.now(),
    refreshable: refresh_token !== undefined && failure?.dead !== true,
    refresh_refused: failure?.dead ? failure.error.message : null,
  };
}

function endpointOf(credentials: Credentials): Sourced<string> {
  const { base_url, resource_url } = credentials;
  const value = requireLoginEndpoint(credentials);
  if (base_url !== undefined) return { value, source: 'base_url of the login' };
  return { value, source: resource_url ? 'resource_url of the login' : 'default' };
}

function requireUsable({ expired, refreshable, refresh_refused }: LoginStatus): void {
  if (!expired || refreshable) return;
  throw new AuthError(refresh_refused ?? 'The login has expired and cannot be refreshed', {
    code: refresh_refused === null ? 'login_expired' : 'refresh_token_rejected',
    hint: 'Sign in again: qwen-demo auth',
  });
}

/** What keeps the work from being done, where it can be explained. */
async function problemOf(work: () => Promise<void>): Promise<QwenDemoError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof QwenDemoError) return error;
    throw error;
  }
}
