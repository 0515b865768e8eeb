import {
  type PendingLogin,
  pendingLoginFile,
  type PendingLoginFile,
} from '../../core/credentials/pending-login.ts';
import { loginFile, type Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { absolutePath, ownFilesOf } from '../paths.ts';

/** `pending_login.json`, or that of another profile, in the configuration folder. */
export function openPendingLogin({ env, random }: Context, profile: string): PendingLoginFile {
  return pendingLoginFile(ownFilesOf(env, profile).pending_login, random);
}

/** The flags of the first half that the profile is to remember. */
export function namedBy(flags: ConnectionOptions, settings: Settings): PendingLogin['named'] {
  const { issuer, clientId, scope, resource, credentials } = flags;
  const { auth } = settings;
  const base_url = flags.baseUrl ?? flags.plan ?? flags.region;
  return {
    ...(issuer !== undefined && { issuer }),
    ...(clientId !== undefined && { client_id: clientId }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
    ...(credentials !== undefined && {
      credentials: absolutePath(loginFile(settings).value),
    }),
    ...(base_url !== undefined && auth.base_url && { base_url: auth.base_url.value }),
  };
}

/** The same as flags of the second half. */
export function flagsOf({ named }: PendingLogin): ConnectionOptions {
  const { client_id, base_url, ...others } = named;
  return {
    ...others,
    ...(client_id !== undefined && { clientId: client_id }),
    ...(base_url !== undefined && { baseUrl: base_url }),
  };
}
