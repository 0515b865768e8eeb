import { planOfEndpoint } from '../../core/qwen/plans.ts';
import { loginFile, type Settings } from '../../core/settings/settings.ts';
import { type ProfileChange, updateProfile } from '../update-profile.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { absolutePath } from '../paths.ts';

/**
 * Makes the profile of a login that was just stored lead to it, and remember the flags it was made
 * with. The default profile needs no record as long as it says nothing else.
 * @throws StorageError, UsageError for a damaged config.json
 */
export async function recordLogin(
  context: Context,
  settings: Settings,
  flags: ConnectionOptions,
): Promise<void> {
  const { profile, store } = settings;
  const unnamed = profile.source === 'default' && profile.recorded === undefined;
  if (unnamed && store.value === 'file') return;
  await updateProfile(context, profile.value, {
    auth: 'oauth',
    ...storeChange(settings),
    ...endpointChange(settings, flags),
    ...given({
      issuer: flags.issuer,
      client_id: flags.clientId,
      scope: flags.scope,
      resource: flags.resource,
      credentials: flags.credentials && absolutePath(loginFile(settings).value),
    }),
  });
}

/** Makes the profile lead to an API key that was just stored. @throws as `recordLogin` */
export async function recordKey(
  context: Context,
  settings: Settings,
  endpoint: string,
): Promise<void> {
  const { profile } = settings;
  const change = { auth: 'api-key', ...storeChange(settings), ...endpointKeys(endpoint) };
  await updateProfile(context, profile.value, change);
}

function storeChange({ store }: Settings): ProfileChange {
  return { store: store.value === 'file' ? undefined : store.value };
}

/** A login keeps the endpoint of the profile, unless that was chosen for a key. */
function endpointChange({ profile, auth }: Settings, flags: ConnectionOptions): ProfileChange {
  const named = flags.baseUrl ?? flags.plan ?? flags.region;
  if (named !== undefined && auth.base_url) return endpointKeys(auth.base_url.value);
  if (profile.recorded?.auth !== 'api-key') return {};
  return { base_url: undefined, plan: undefined, region: undefined };
}

/** By the name of its plan where it has one. */
function endpointKeys(endpoint: string): ProfileChange {
  const place = planOfEndpoint(endpoint);
  return {
    base_url: place ? undefined : endpoint,
    plan: place?.plan,
    region: place?.region,
  };
}

function given(change: ProfileChange): ProfileChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
