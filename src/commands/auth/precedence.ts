/** What comes before a login, or is there and not used. */
import { existsSync } from 'node:fs';
import { QwenDemoError } from '../../core/errors.ts';
import type { StoreKind } from '../../core/settings/definitions.ts';
import { authSetting, type Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { isUnrecorded } from './record.ts';

/** Warns when later commands will not use the login that is made, and says how to choose it. */
export function warnOfPrecedence(
  context: Context,
  { profile }: Pick<Settings, 'profile'>,
  store: StoreKind,
): void {
  const recorded = isUnrecorded(profile, store)
    ? profile.recorded
    : ({ ...profile.recorded, auth: 'oauth' } as const);
  try {
    const auth = authSetting({ flags: {}, env: context.env, profile: { ...profile, recorded } });
    if (auth.method === 'oauth') return;
    const base_url = auth.endpoint.layer === 'environment' ? [auth.endpoint.source] : [];
    const key = auth.key === undefined ? [] : [auth.key.source];
    const names = [...new Set([auth.source, ...key, ...base_url])];
    const are = names.length === 1 ? 'is set and comes' : 'are set and come';
    notice(
      context,
      `Warning: ${names.join(' and ')} ${are} before this login: commands do not use it. ` +
        'To use the login, add --auth oauth to a command, set QWEN_DEMO_AUTH=oauth, ' +
        `write "auth": "oauth" in a profile of config.json, or unset ${names.join(' ')}`,
    );
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    notice(context, `Warning: commands will not use this login: ${error.message}`);
  }
}

/** Everything that could give access and is not used: variables, and the stored secrets. */
export function notUsed({ auth, credentials, api_key_file }: Settings): string[] {
  const [what, path] =
    auth.method === 'oauth' ? ['API key', api_key_file] : ['login', credentials?.value];
  const stored = path !== undefined && existsSync(path) ? [`${what} in ${path}`] : [];
  const second =
    auth.method === 'api-key' && !auth.stored && api_key_file && existsSync(api_key_file)
      ? [`API key in ${api_key_file}`]
      : [];
  return [...auth.unused, ...stored, ...second];
}
