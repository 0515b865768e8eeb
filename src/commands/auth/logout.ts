import { lstat, realpath } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Credentials } from '../../core/credentials/credentials.ts';
import { issuerOf } from '../../core/credentials/authorization-server.ts';
import { oauthClientOf } from '../../core/credentials/client.ts';
import { QwenDemoError } from '../../core/errors.ts';
import { deleteLeftovers } from '../../core/files/leftover.ts';
import { patientFiles } from '../../core/files/patience.ts';
import type { Send } from '../../core/http/message.ts';
import { revokeToken } from '../../core/oauth/revocation.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { quoted } from '../hint-commands.ts';
import { findOwnFiles } from '../paths.ts';
import { notice } from '../notice.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';
import { openApiKey } from '../stored-key.ts';
import { openLogin, requireWritable } from '../stored-login.ts';
import { openPendingLogin } from './pending-login.ts';
import { byDefault } from '../../core/settings/layers.ts';
import { forgetSignIn } from './record.ts';
import { everyProfile } from '../profiles.ts';

interface LogoutFlags extends ConnectionOptions {
  all?: boolean;
}

/** Milliseconds for the revocation. Its failure does not keep the login from being deleted. */
const REVOCATION_LIMIT = 10_000;

/** Declares `qwen-demo auth logout`. */
export function logoutCommand(auth: Command, context: Context): void {
  const command = auth
    .command('logout')
    .description(
      'Revoke the login where its issuer can, and delete it, the stored API key, and the settings ' +
        'that came with them.',
    )
    .addOption(
      new Option('--all', 'log out of every profile').conflicts(['credentials', 'profile']),
    )
    .action((flags: LogoutFlags) => logout(context, flags));
  connectionOptions(command);
}

/**
 * Revokes and deletes the login, and deletes the API key and the pending login of the profile and the
 * settings that came with them.
 * @throws StorageError when something cannot be deleted
 */
async function logout(context: Context, flags: LogoutFlags): Promise<void> {
  const deleted = flags.all
    ? await logoutEverywhere(context, flags)
    : await logoutProfile(context, flags);
  const lines = deleted.map((what) => `Deleted ${what}.\n`);
  const { stdout } = context.terminal;
  stdout.write(wrapFor(stdout, lines.join('') || 'You were not signed in.\n'));
}

async function logoutEverywhere(context: Context, flags: LogoutFlags): Promise<string[]> {
  // Each of these variables names one login.
  const env = { ...context.env, QWEN_DEMO_CREDENTIALS: undefined, QWEN_DEMO_PROFILE: undefined };
  const deleted: string[] = [];
  let failure: QwenDemoError | undefined;
  for (const profile of await everyProfile({ ...context, env })) {
    try {
      deleted.push(...(await logoutProfile({ ...context, env }, { ...flags, profile })));
    } catch (error) {
      if (!(error instanceof QwenDemoError)) throw error;
      // Go on with the other profiles, and end with the first error.
      if (failure) notice(context, error.message);
      failure ??= error;
    }
  }
  await deleteOtherLeftovers({ ...context, env });
  if (failure) throw failure;
  return deleted;
}

/** Of the files that have no secrets. Those of a profile delete theirs with its login and its key. */
async function deleteOtherLeftovers({ env, clock, self }: Context): Promise<void> {
  const own = findOwnFiles(env);
  if (own === undefined) return;
  for (const path of [own.config, own.last_models, own.last_verdicts, own.chat_history]) {
    await deleteLeftovers(patientFiles(clock), path, self, { all: true });
  }
}

/** Resolves to what was deleted: places, and the settings of the profile. */
async function logoutProfile(context: Context, flags: LogoutFlags): Promise<string[]> {
  const options = { new_profile: flags.all === true };
  const settings = await settingsOf(context, { ...flags, auth: 'oauth' }, options);
  const send = transportOf(context, settings);
  requireWritable(settings, 'auth logout');
  const { session, store } = openLogin(context, settings, send);
  await session.finishSave(context.signal);
  const credentials = await loadIfReadable(() => store.load());
  if (credentials) await revoke(context, settings, credentials, send);

  const links = await linksOf({ login: store.location, 'API key': settings.api_key_file });
  const deleted = (await session.signOut(context.signal)) ? [store.location] : [];
  const key = openApiKey(context, settings);
  const key_deleted = await key.remove();
  if (key_deleted) deleted.push(key.location);
  await openPendingLogin(context, settings.profile.value).remove();
  // Of a login in another place the profile has no settings.
  if (key_deleted || !isElsewhere(settings)) {
    const keys = await forgetSignIn(context, settings.profile, deleted.length > 0);
    if (keys.length > 0) deleted.push(settingsText(keys, settings));
  }
  for (const link of links) notice(context, linkText(link));
  const { value: name, layer } = settings.profile;
  if (layer === 'profile') {
    notice(
      context,
      `Commands still use the profile ${name}. Go back: qwen-demo auth switch default`,
    );
  }
  return deleted;
}

interface Link {
  /** The secret in the file. */
  what: string;
  path: string;
  target: string;
}

/** Those of these paths that are symbolic links to a file. */
async function linksOf(places: Readonly<Record<string, string | undefined>>): Promise<Link[]> {
  const links: Link[] = [];
  for (const [what, path] of Object.entries(places)) {
    const stat = path === undefined ? undefined : await lstat(path).catch(() => undefined);
    if (path === undefined || stat?.isSymbolicLink() !== true) continue;
    const target = await realpath(path).catch(() => undefined);
    if (target !== undefined) links.push({ what, path, target });
  }
  return links;
}

/** A link is deleted, and the file that it names is not: another program may use it. */
function linkText({ what, path, target }: Link): string {
  const stays = `${path} was a symbolic link. The ${what} stays in the file that it named: ${target}`;
  if (what !== 'login') return stays;
  return (
    `${stays}\nIt is not revoked. To revoke and delete the login in it: ` +
    `qwen-demo auth logout --credentials ${quoted(target)}`
  );
}

/** Whether a flag or a variable names another login than that of the profile. */
function isElsewhere({ credentials, profile }: Settings): boolean {
  const { layer, value } = credentials ?? byDefault('');
  return (layer === 'flag' || layer === 'environment') && value !== profile.recorded?.credentials;
}

function settingsText(keys: readonly string[], { profile }: Settings): string {
  return `from profile ${profile.value} in config.json: ${keys.join(', ')}`;
}

/** A login that cannot be read can still be deleted. */
async function loadIfReadable(load: () => Promise<Credentials | undefined>) {
  try {
    return await load();
  } catch (error) {
    if (error instanceof QwenDemoError) return undefined;
    throw error;
  }
}

/** RFC 7009 §2.1: revoking the refresh token revokes the whole grant. A failure is only reported. */
async function revoke(
  context: Context,
  settings: Settings,
  credentials: Credentials,
  send: Send,
): Promise<void> {
  const { revocation_endpoint, refresh_token } = credentials;
  if (revocation_endpoint === undefined) {
    const issuer = issuerOf(credentials);
    notice(context, `${issuer} offers no way to revoke a login; its tokens expire by themselves.`);
    return;
  }
  try {
    await revokeToken({
      revocation_endpoint,
      ...oauthClientOf(credentials, settings),
      token: refresh_token ?? credentials.access_token,
      token_type_hint: refresh_token === undefined ? 'access_token' : 'refresh_token',
      send,
      signal: AbortSignal.any([context.signal, context.clock.timeout(REVOCATION_LIMIT)]),
    });
  } catch (error) {
    context.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    notice(context, `The login is deleted here, but could not be revoked: ${why}`);
  }
}
