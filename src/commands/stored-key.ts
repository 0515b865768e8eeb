import { type AccessSource, fixedAccess } from '../core/api/access.ts';
import {
  type ApiKeyStore,
  createApiKeyEntry,
  createApiKeyFile,
} from '../core/credentials/api-key-store.ts';
import { keyringEntry } from '../core/credentials/keyring.ts';
import { AuthError } from '../core/errors.ts';
import { given } from '../core/given.ts';
import { PLAN_TITLES, planOfHost } from '../core/qwen/plans.ts';
import { isUsable, type KeySetting, keyVariableOf } from '../core/settings/api-key.ts';
import { noHome } from '../core/settings/home.ts';
import { howToLeaveOut, type Sourced } from '../core/settings/layers.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { StoreKind } from '../core/settings/definitions.ts';
import type { Context } from './context.ts';
import { quoted } from './hint-commands.ts';
import { noticesOf } from './notice.ts';

/** Opens the API key of the profile, which need not exist. @throws UsageError `no_home` */
export function openApiKey(
  context: Context,
  settings: Pick<Settings, 'store' | 'api_key_file'> &
    Partial<Pick<Settings, 'read_only_credentials'>>,
  kind: StoreKind = settings.store.value,
  keeps_mode?: boolean,
): ApiKeyStore {
  const { self, random, clock } = context;
  const { api_key_file, read_only_credentials: read_only } = settings;
  if (api_key_file === undefined) throw noHome('There is no folder to store an API key in');
  if (kind === 'keyring') return createApiKeyEntry(keyringEntry(api_key_file));
  return createApiKeyFile({
    path: api_key_file,
    self,
    random,
    clock,
    onNotice: noticesOf(context),
    keeps_mode,
    ...given({ read_only: read_only?.value }),
  });
}

/** The API key for an endpoint. */
export interface ChosenKey {
  /** A secret. Undefined when there is none for the endpoint. */
  key: Sourced<string> | undefined;
  /** The endpoint of the stored key when it is another one. */
  stored_for?: string;
}

/**
 * Chooses between the key of the settings and the stored one.
 * @param open is called only when the settings allow a stored key
 * @throws StorageError when the stored key cannot be read; the errors of `open`
 */
export async function chooseKey(
  open: () => Pick<ApiKeyStore, 'load' | 'location'>,
  { key, endpoint, stored }: KeySetting,
): Promise<ChosenKey> {
  if (!stored) return { key };
  const store = open();
  const loaded = await store.load();
  if (loaded === undefined) return { key };
  if (loaded.endpoint !== endpoint.value) return { key, stored_for: loaded.endpoint };
  return { key: { value: loaded.api_key, source: store.location, layer: 'stored' } };
}

/**
 * Access to the API by the key in the environment or the stored one.
 * @throws AuthError `no_api_key`; StorageError when the stored key cannot be read; UsageError
 *   `no_home`
 */
export async function keyAccess(
  context: Context,
  settings: Settings,
  auth: KeySetting,
  keeps_mode?: boolean,
): Promise<AccessSource> {
  const open = () => openApiKey(context, settings, settings.store.value, keeps_mode);
  const chosen = await chooseKey(open, auth);
  requireKey(chosen, auth.endpoint);
  return fixedAccess(auth.endpoint.value, chosen.key?.value, settings.api_key_header?.value);
}

/** @throws AuthError `no_api_key` when there is no key and the server is not on loopback */
export function requireKey({ key, stored_for }: ChosenKey, endpoint: Sourced<string>): void {
  if (isUsable({ key, endpoint })) return;
  const { hostname } = new URL(endpoint.value);
  throw new AuthError(`There is no API key for ${hostname}`, {
    code: 'no_api_key',
    hint:
      stored_for === undefined
        ? `Set ${variablesFor(endpoint)}, or store one:\n  qwen-demo auth login --with-api-key`
        : `The stored key is for ${stored_for} and is not sent to another endpoint.\n` +
          `To use it, ${toUse(stored_for, endpoint)}. To store a key for ${hostname}:\n` +
          '  qwen-demo auth login --with-api-key',
  });
}

/** The variables that hold a key for the endpoint, for a hint. */
function variablesFor({ value, layer }: Sourced<string>): string {
  const plan = layer === 'default' ? undefined : planOfHost(new URL(value).hostname);
  return plan === undefined
    ? 'OPENAI_API_KEY beside OPENAI_BASE_URL, DASHSCOPE_API_KEY for Qwen'
    : `${keyVariableOf(plan)} to a key of the ${PLAN_TITLES[plan]}`;
}

/** What brings requests to the endpoint of the stored key, for a hint. */
function toUse(stored_for: string, endpoint: Sourced<string>): string {
  return endpoint.layer === 'default'
    ? `add --base-url ${quoted(stored_for)}`
    : howToLeaveOut(endpoint);
}
