import { fixedAccess } from '../../core/api/access.ts';
import { AuthError, Interrupted, rephrase, UsageError } from '../../core/errors.ts';
import { readStandardInput } from '../../core/files/read-to-end.ts';
import { decode } from '../../core/files/text.ts';
import { given } from '../../core/given.ts';
import { VISIBLE_ASCII } from '../../core/http/message.ts';
import { withoutKeys } from '../../core/settings/api-key.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { promptSecret } from '../../terminal/secret-prompt.ts';
import { loadStyle } from '../../terminal/style.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { formatFacts } from '../facts.ts';
import { notice } from '../notice.ts';
import type { ConnectionOptions } from '../options.ts';
import { openApiKey } from '../stored-key.ts';
import { requireWritable } from '../stored-login.ts';
import { askToFindEndpoint, findEndpoint } from './find-endpoint.ts';
import { recordKey } from './record.ts';
import { tryAccess } from './test-request.ts';

interface KeyLoginFlags extends ConnectionOptions {
  json?: boolean;
}

/** Bytes. A longer input is a file that was given by mistake. */
const KEY_CAP = 8192;

/**
 * `qwen-demo auth login --with-api-key`: reads a key from standard input, tests it, and stores it
 * with its endpoint in the profile. Without a plan or a base URL it looks for the endpoint that accepts
 * the key. Does not store a key that the service refuses.
 * @throws UsageError `invalid_api_key`, `plan_needed`; AuthError with the code of the refusal; StorageError;
 *   `Interrupted` at Ctrl-C
 */
export async function loginWithKey(context: Context, flags: KeyLoginFlags): Promise<void> {
  const { settings, named } = await keySettings(context, flags);
  if (named === undefined) await askToFindEndpoint(context);
  const api_key = await readKey(context, named && new URL(named).host);

  const send = transportOf(context, settings);
  const endpoint = named ?? (await findEndpoint(context, settings, send, api_key));
  const access = fixedAccess(endpoint, api_key, settings.api_key_header?.value);
  const result = await tryAccess(context, settings, { send, access });
  // A quota that is used up does not make the key wrong.
  if (result.outcome === 'refused' && result.error instanceof AuthError) {
    const message = `The service refused this key, and it was not stored. ${result.error.message}`;
    throw rephrase(result.error, { message });
  }

  const store = openApiKey(context, settings);
  await store.save({ api_key, endpoint });
  const { location } = store;
  const { layer, value } = settings.api_key_header ?? {};
  await recordKey(context, settings.profile, {
    store: settings.store.value,
    endpoint,
    location,
    ...(layer !== 'environment' && { api_key_header: value }),
    ...given({ allow_http: flags.allowHttp }),
  });
  await deleteFromOtherStore(context, settings);
  const profile = settings.profile.value;
  await show(context, flags, { profile, endpoint, location, test: result.line });
  await warnOfOthers(context, flags);
}

/** The settings that later commands use the key with, as if no variable held a key, and the endpoint. */
async function keySettings(context: Context, flags: KeyLoginFlags) {
  const env = withoutKeys(context.env);
  const asked = { ...flags, auth: 'api-key' as const };
  const settings = await settingsOf({ ...context, env }, asked, { new_profile: true });
  requireWritable(settings, 'auth login');
  const { auth } = settings;
  if (auth.method === 'api-key') {
    const { value, layer } = auth.endpoint;
    return { settings, named: layer === 'default' ? undefined : value };
  }
  throw new Error('The settings ignore --auth api-key');
}

/**
 * An API key from standard input: typed at a hidden prompt, or piped.
 * @param host the server that the key is sent to, for the prompt
 */
async function readKey({ terminal, signal }: Context, host: string | undefined): Promise<string> {
  const { stdin } = terminal;
  const typed = stdin.isTTY
    ? await promptSecret(terminal, `API key${host ? ` for ${host}` : ''} (not shown): `, signal)
    : decode(await readStandardInput(stdin, signal, { cap: KEY_CAP, tooLarge }));
  if (typed === undefined) throw new Interrupted('SIGINT');
  return checkedKey(typed.trim());
}

const tooLarge = () => invalidKey('Standard input is too long to be an API key');

function checkedKey(key: string): string {
  if (key === '') {
    throw invalidKey(
      'There is no API key on standard input',
      'Type it at the prompt, or pipe it in:\n  qwen-demo auth login --with-api-key < key.txt',
    );
  }
  if (VISIBLE_ASCII.test(key)) return key;
  throw invalidKey(
    'The text on standard input is not an API key',
    'A key is one word of visible ASCII characters: look for spaces, line breaks and curly quotes.',
  );
}

function invalidKey(message: string, hint?: string): UsageError {
  return new UsageError(message, { code: 'invalid_api_key', hint });
}

/** When a key moves from the file to the keyring or back, deletes it in the old place. */
async function deleteFromOtherStore(context: Context, settings: Settings): Promise<void> {
  const { profile, store } = settings;
  const before = profile.recorded?.store === 'keyring' ? 'keyring' : 'file';
  if (before !== store.value) await openApiKey(context, settings, before).remove();
}

async function warnOfOthers(context: Context, { profile }: KeyLoginFlags): Promise<void> {
  const { auth } = await settingsOf(context, given({ profile }));
  if (auth.method === 'oauth') notice(context, `${auth.source} says oauth: the key is not used.`);
  else if (!auth.stored && auth.key) notice(context, `${auth.key.source} is set and comes first.`);
}

interface StoredKeyFacts {
  profile: string;
  endpoint: string;
  location: string;
  /** The result of the test request. */
  test: string;
}

async function show({ terminal }: Context, { json }: KeyLoginFlags, facts: StoredKeyFacts) {
  if (json) {
    terminal.stdout.write(`${stringify({ type: 'success', ...facts })}\n`);
    return;
  }
  const style = await loadStyle(terminal.stdout, terminal.env);
  const body = await formatFacts(terminal, [
    ['profile', facts.profile],
    ['endpoint', facts.endpoint],
    ['location', facts.location],
    ['test', facts.test],
  ]);
  terminal.stdout.write(`${style.green('The API key is stored.')}\n${body}`);
}
