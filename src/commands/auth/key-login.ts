import { fixedAccess } from '../../core/api/access.ts';
import { AuthError, rephrase } from '../../core/errors.ts';
import { withoutKeys } from '../../core/settings/api-key.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadStyle } from '../../terminal/style.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { formatFacts } from '../facts.ts';
import { notice } from '../notice.ts';
import { openApiKey } from '../stored-key.ts';
import type { LoginFlags } from './command.ts';
import { readKey } from './read-key.ts';
import { recordKey } from './record-login.ts';
import { tryAccess } from './test-request.ts';

/**
 * `qwen-demo auth login --with-api-key`: reads a key from standard input, tries it, and stores it
 * with its endpoint under the profile. A key that the service refuses is not stored.
 * @throws UsageError for what is no key; AuthError when it is refused; StorageError
 */
export async function runKeyLogin(context: Context, flags: LoginFlags): Promise<void> {
  const settings = await keySettings(context, flags);
  const endpoint = settings.auth.endpoint.value;
  const api_key = await readKey(context, new URL(endpoint).host);

  const send = transportOf(context, settings, flags);
  const access = fixedAccess(endpoint, api_key);
  const { line, refusal } = await tryAccess(context, settings, { send, access });
  // A quota that is used up says nothing against the key.
  if (refusal instanceof AuthError) {
    const message = `The service refused this key, and it was not stored. ${refusal.message}`;
    throw rephrase(refusal, { message });
  }

  const store = openApiKey(context, settings);
  await store.save({ api_key, endpoint });
  await recordKey(context, settings, endpoint);
  await removeOtherCopy(context, settings);
  await show(context, flags, {
    profile: settings.profile.value,
    endpoint,
    location: store.location,
    test: line,
  });
  await warnOfOthers(context, flags);
}

/** The settings that the key will be used with, as if none were in the environment. */
async function keySettings(context: Context, flags: LoginFlags) {
  const env = withoutKeys(context.env);
  const asked = { ...flags, auth: 'api-key' as const };
  const { auth, ...settings } = await settingsOf({ ...context, env }, asked, { new_profile: true });
  if (auth.method === 'api-key') return { ...settings, auth };
  throw new Error('An API key was asked for');
}

/** A key that moves to another kind of store leaves nothing behind in the old one. */
async function removeOtherCopy(context: Context, settings: Settings): Promise<void> {
  const { profile, store, api_key_file } = settings;
  const before = profile.recorded?.store === 'keyring' ? 'keyring' : 'file';
  if (before === store.value) return;
  const old = { store: { value: before, source: 'profile' }, api_key_file } as const;
  await openApiKey(context, old).remove();
}

async function warnOfOthers(context: Context, { profile }: LoginFlags): Promise<void> {
  const { auth } = await settingsOf(context, { ...(profile !== undefined && { profile }) });
  if (auth.method === 'oauth') notice(context, `${auth.source} says oauth: the key is not used.`);
  else if (!auth.stored && auth.key) notice(context, `${auth.key.source} is set and comes first.`);
}

interface StoredKeyFacts {
  profile: string;
  endpoint: string;
  location: string;
  /** How the test request went. */
  test: string;
}

async function show({ terminal }: Context, { json }: LoginFlags, facts: StoredKeyFacts) {
  if (json) {
    terminal.stdout.write(`${stringify({ type: 'success', ...facts })}\n`);
    return;
  }
  const style = await loadStyle(terminal.stdout, terminal.env);
  const body = await formatFacts(terminal, [
    ['profile', facts.profile],
    ['endpoint', facts.endpoint],
    ['kept in', facts.location],
    ['test', facts.test],
  ]);
  terminal.stdout.write(`${style.green('The API key is stored.')}\n${body}`);
}
