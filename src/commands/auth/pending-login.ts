import { type PendingLoginFile, pendingLoginFile } from '../../core/credentials/pending-login.ts';
import type { Context } from '../context.ts';
import { ownFilesOf } from '../paths.ts';

/** `pending_login.json` in the configuration folder, or that of another profile. */
export function openPendingLogin(context: Context, profile: string): PendingLoginFile {
  return pendingLoginFile(ownFilesOf(context.env, profile).pending_login, context);
}
