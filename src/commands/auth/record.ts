import type { NamedByFlag } from '../../core/credentials/pending-login.ts';
import type { StoreKind } from '../../core/credentials/file-session.ts';
import { planOfEndpoint } from '../../core/qwen/plans.ts';
import type { ProfileSetting } from '../../core/settings/table.ts';
import type { Context } from '../context.ts';
import { type ProfileChange, updateProfile } from '../update-profile.ts';

/**
 * Makes a profile use the login that was just stored, and remember the settings that were named by
 * flag. The default profile needs no record of a login in its usual file.
 * @throws the errors of {@link updateProfile}
 */
export async function recordLogin(
  context: Context,
  profile: ProfileSetting,
  { store, named }: { store: StoreKind; named: NamedByFlag },
): Promise<void> {
  const unnamed = profile.source === 'default' && profile.recorded === undefined;
  if (unnamed && store === 'file') return;
  const { base_url, ...others } = named;
  await updateProfile(context, profile.value, {
    auth: 'oauth',
    ...storeChange(store),
    ...endpointChange(profile, base_url),
    ...others,
  });
}

/** Makes a profile use the API key that was just stored. @throws the errors of {@link updateProfile} */
export async function recordKey(
  context: Context,
  profile: ProfileSetting,
  { store, endpoint }: { store: StoreKind; endpoint: string },
): Promise<void> {
  const change = { auth: 'api-key', ...storeChange(store), ...endpointKeys(endpoint) };
  await updateProfile(context, profile.value, change);
}

function storeChange(store: StoreKind): ProfileChange {
  return { store: store === 'file' ? undefined : store };
}

/** A login leaves the endpoint of the profile as it is, unless that belongs to an API key. */
function endpointChange({ recorded }: ProfileSetting, base_url: string | undefined): ProfileChange {
  if (base_url !== undefined) return endpointKeys(base_url);
  if (recorded?.auth !== 'api-key') return {};
  return { base_url: undefined, plan: undefined, region: undefined };
}

/** An endpoint of a plan is recorded by plan and region. */
function endpointKeys(endpoint: string): ProfileChange {
  const place = planOfEndpoint(endpoint);
  return {
    base_url: place ? undefined : endpoint,
    plan: place?.plan,
    region: place?.region,
  };
}
