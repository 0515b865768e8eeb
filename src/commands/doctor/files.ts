import { basename, join } from 'node:path';
import { parseStoredKey } from '../../core/credentials/api-key-store.ts';
import { parseCredentials } from '../../core/credentials/file-store.ts';
import { pendingLoginFile } from '../../core/credentials/pending-login.ts';
import { readMountedFile } from '../../core/credentials/read-only.ts';
import { QwenDemoError } from '../../core/errors.ts';
import { looseMode, modeOf } from '../../core/files/own-file.ts';
import { peekSecretFile } from '../../core/files/secret-file.ts';
import { SETTING_HOME, SETTING_LOGIN } from '../../core/files/storage-error.ts';
import { isFields, jsonOrUndefined } from '../../core/json.ts';
import { SECRET_FIELD } from '../../core/redaction.ts';
import { DEFAULT_PROFILE, profileOfSecret } from '../../core/settings/files.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { quoted } from '../hint-commands.ts';
import { findOwnFiles } from '../paths.ts';
import { secretsOfRun } from '../secrets.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { namesIn } from './folder.ts';

/** A file with secrets, and whether the settings lead to it. */
interface SecretFile {
  path: string;
  used: boolean;
}

/**
 * The files with secrets, of all profiles: whether they can be read, are whole, and closed to other
 * users. Changes nothing.
 */
export async function checkFiles(context: Context, settings: Settings): Promise<Finding[]> {
  const { files, unlisted } = await secretFilesOf(context, settings);
  const found = await Promise.all(files.map((file) => checkFile(context, settings, file)));
  const good = found.flatMap(({ good: one }) => one ?? []);
  const bad = [...unlisted, ...found.flatMap(({ bad: one }) => one ?? [])];
  if (bad.length > 0 && good.length === 0) return bad;
  const text = good.length === 0 ? 'no login and no API key in a file' : good.join('; ');
  return [ok('files', text), ...bad];
}

async function secretFilesOf(
  { env }: Context,
  { auth, store, credentials, api_key_file }: Settings,
): Promise<{ files: SecretFile[]; unlisted: Finding[] }> {
  const used =
    store.value === 'keyring'
      ? undefined
      : auth.method === 'oauth'
        ? credentials?.value
        : auth.stored
          ? api_key_file
          : undefined;
  const folder = findOwnFiles(env)?.folder;
  const { names, unlisted } = folder === undefined ? { names: [] } : await namesIn(folder);
  const own = names
    .filter((name) => KINDS.some((kind) => name === `${kind}.json`) || isOfProfile(name))
    .map((name) => join(folder ?? '', name));
  const all = new Set([...own, ...(used === undefined ? [] : [used])]);
  const files = [...all].toSorted().map((path) => ({ path, used: path === used }));
  return { files, unlisted: unlisted === undefined ? [] : [unlisted] };
}

const KINDS = ['oauth_creds', 'api_key', 'pending_login'];

const isOfProfile = (name: string) => !name.endsWith('.tmp') && profileOfSecret(name) !== undefined;

/** One file that is as it should be, or what is wrong with it; neither when there is none. */
async function checkFile(
  context: Context,
  settings: Settings,
  file: SecretFile,
): Promise<{ good?: string; bad?: Finding }> {
  const { path, used } = file;
  try {
    const mode = await readMode(context, settings, file);
    if (mode === undefined) return {};
    if (!mode.loose) return { good: `${basename(path)}, mode ${mode.octal}` };
    const text = `${path}, mode ${mode.octal}, is open to other users; its next use repairs that`;
    return { bad: warning('files', text, `To do it now:\n  chmod 600 ${quoted(path)}`) };
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    if (used) return { bad: problem('files', error) };
    return { bad: warning('files', error.message, hintFor(path, error)) };
  }
}

/** The command of the hint is for the profile of the file, not for that of the command line. */
function hintFor(path: string, { code, hint }: QwenDemoError): string | undefined {
  if (!code.endsWith('_corrupt')) return hint;
  return `${hint} --profile ${profileOfSecret(basename(path)) ?? DEFAULT_PROFILE}`;
}

/** @throws StorageError when it cannot be read or is damaged */
async function readMode(context: Context, settings: Settings, { path, used }: SecretFile) {
  const { self, clock } = context;
  const mounted = used && settings.read_only_credentials.value;
  const ref = { path, setting: used ? SETTING_LOGIN : SETTING_HOME, clock };
  const file = await (mounted ? readMountedFile(ref) : peekSecretFile({ ...ref, self }));
  if (file === undefined) return undefined;
  remember(context, file.text);
  const name = basename(path);
  if (name.startsWith('api_key')) parseStoredKey(path, file.text);
  else if (name.startsWith('pending_login')) await pendingLoginFile(path, context).load();
  else parseCredentials(path, file.text);
  const loose = !mounted && looseMode(self, file.stat) !== undefined;
  return { octal: modeOf(file.stat), loose };
}

/** Its secrets are shown nowhere, whoever repeats them. */
function remember(context: Context, text: string): void {
  const value = jsonOrUndefined(text);
  if (!isFields(value)) return;
  for (const [name, secret] of Object.entries(value)) {
    if (typeof secret === 'string' && SECRET_FIELD.test(name)) secretsOfRun(context).add(secret);
  }
}
