import { ownValue } from '../../core/json.ts';
import type { NamedByFlag } from '../../core/credentials/pending-login.ts';
import { planOfEndpoint } from '../../core/qwen/plans.ts';
import {
  LIST_KEYS,
  type ProfileSetting,
  type SettingKey,
  SETTINGS,
  type StoreKind,
} from '../../core/settings/definitions.ts';
import { rephrase, StorageError } from '../../core/errors.ts';
import {
  defined,
  type ProfileChange,
  updateConfig,
  updateProfile,
  withProfile,
} from '../change-config.ts';
import type { Context } from '../context.ts';
import { quoted } from '../hint-commands.ts';
import { notice } from '../notice.ts';

/**
 * Makes a profile use the login that was just stored, and remember the settings that were named by
 * flag. The default profile needs no record of a login in its usual file.
 * @throws the errors of {@link updateProfile}
 */
async function recordLogin(
  context: Context,
  profile: ProfileSetting,
  { store, named }: { store: StoreKind; named: NamedByFlag },
): Promise<void> {
  if (isUnrecorded(profile, store)) return;
  const { base_url, ...others } = named;
  const server = others.issuer === undefined ? {} : NO_SERVER;
  await recordSignIn(context, profile.value, {
    auth: 'oauth',
    ...storeChange(store),
    ...endpointChange(profile, base_url),
    ...server,
    ...others,
  });
}

/**
 * The same, for a login that is stored at `location`: a notice tells what could not be recorded.
 * @throws the errors of {@link updateProfile} but StorageError
 */
export async function recordStored(
  context: Context,
  profile: ProfileSetting,
  login: { store: StoreKind; named: NamedByFlag },
  location: string,
): Promise<void> {
  await recordLogin(context, profile, login).catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error;
    const flags = Object.entries(login.named).flatMap(([name, values]) =>
      [values].flat().map((value) => {
        const flag = `--${name.replaceAll('_', '-')}`;
        return value === true ? flag : `${flag} ${quoted(String(value))}`;
      }),
    );
    const next =
      flags.length === 0 ? '' : ` Until they can be, add to each command: ${flags.join(' ')}`;
    const both = `The login is stored in ${location}, but its settings are not. ${error.message}.`;
    notice(context, `${both}${next}`);
  });
}

/**
 * Tries what {@link recordStored} needs, and changes nothing.
 * @throws the errors of {@link updateProfile}
 */
export async function prepareRecord(
  context: Context,
  profile: ProfileSetting,
  store: StoreKind,
): Promise<void> {
  if (!isUnrecorded(profile, store)) await updateConfig(context);
}

/** Whether a login leaves no record in config.json. */
export function isUnrecorded({ layer, recorded }: ProfileSetting, store: StoreKind): boolean {
  return layer === 'default' && recorded === undefined && store === 'file';
}

/** What belongs to the issuer that the profile had before. */
const NO_SERVER: ProfileChange = {
  device_endpoint: undefined,
  token_endpoint: undefined,
  trust_host: undefined,
  param: undefined,
};

type KeyChange = Pick<ProfileChange, 'api_key_header' | 'allow_http'>;

/**
 * Makes a profile use the API key that was just stored.
 * @param kept.location where it is stored, for messages
 * @throws the errors of {@link updateProfile}
 */
export async function recordKey(
  context: Context,
  profile: ProfileSetting,
  kept: KeyChange & { store: StoreKind; endpoint: string; location: string },
): Promise<void> {
  const { store, endpoint, location, ...more } = kept;
  const change = { auth: 'api-key', ...storeChange(store), ...endpointKeys(endpoint), ...more };
  await recordSignIn(context, profile.value, change).catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error;
    const message = `The API key is stored in ${location}, but its settings are not. ${error.message}`;
    throw rephrase(error, { message });
  });
}

/** Notes which keys of the profile are new or other ones: not those that the user wrote. */
async function recordSignIn(context: Context, name: string, change: ProfileChange): Promise<void> {
  await updateConfig(context, (config) => {
    const before = ownValue(config.profiles, name) ?? {};
    const after = defined({ ...before, ...change });
    const noted = new Set(before.from_login);
    const from_login = KEYS.filter(
      (key) =>
        after[key] !== undefined &&
        (noted.has(key) || JSON.stringify(after[key]) !== JSON.stringify(before[key])),
    );
    return withProfile(config, name, { ...after, from_login });
  });
}

/** What every login writes. A profile of a version that did not note its keys has no `from_login`. */
const UNNOTED: readonly string[] = ['auth', 'store'];

/**
 * Removes the settings that `auth login` wrote, and resolves to their names.
 * @param deleted whether a login or a key was deleted with them
 */
export async function forgetSignIn(
  context: Context,
  { value: name, recorded }: ProfileSetting,
  deleted: boolean,
): Promise<string[]> {
  const noted = recorded?.from_login ?? (deleted ? UNNOTED : []);
  if (recorded === undefined) return [];
  const removed = KEYS.filter((key) => recorded[key] !== undefined && noted.includes(key));
  if (removed.length === 0 && recorded.from_login === undefined) return [];
  const change = Object.fromEntries([...removed, 'from_login'].map((key) => [key, undefined]));
  await updateProfile(context, name, change);
  return removed;
}

const KEYS = [...(Object.keys(SETTINGS) as SettingKey[]), ...LIST_KEYS];

function storeChange(store: StoreKind): ProfileChange {
  return { store: store === 'file' ? undefined : store };
}

/** A login leaves the endpoint of the profile as it is, unless that belongs to an API key. */
function endpointChange({ recorded }: ProfileSetting, base_url: string | undefined): ProfileChange {
  if (base_url !== undefined) return endpointKeys(base_url);
  if (recorded?.auth !== 'api-key') return {};
  return { base_url: undefined, plan: undefined, region: undefined, workspace: undefined };
}

/** An endpoint of a plan is recorded by plan and region. */
function endpointKeys(endpoint: string): ProfileChange {
  const place = planOfEndpoint(endpoint);
  return {
    base_url: place ? undefined : endpoint,
    plan: place?.plan,
    region: place?.region,
    workspace: place?.workspace,
  };
}
