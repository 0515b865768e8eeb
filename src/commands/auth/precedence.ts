/** What comes before a login, or is there and not used. */
import { existsSync } from 'node:fs';
import { keyringEntry } from '../../core/credentials/keyring.ts';
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
export async function notUsed(settings: Settings): Promise<string[]> {
  const { auth, credentials, api_key_file, store } = settings;
  const used = auth.method === 'oauth' ? 'login' : auth.stored ? 'API key' : undefined;
  const places = [
    ['login', credentials?.value],
    ['API key', api_key_file],
  ] as const;
  const found: string[] = [];
  for (const [what, path] of places) {
    if (path === undefined) continue;
    if ((what !== used || store.value !== 'file') && existsSync(path)) {
      found.push(`${what} in ${path}`);
    }
    if (what === used || store.value !== 'keyring') continue;
    const entry = keyringEntry(path);
    const text = await entry.read().catch(() => undefined);
    if (text !== undefined) found.push(`${what} in ${entry.location}`);
  }
  return [...auth.unused, ...found];
}
