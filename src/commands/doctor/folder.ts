import { constants, type Stats } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno, SETTING_HOME, storageError } from '../../core/files/storage-error.ts';
import { noHome } from '../../core/settings/home.ts';
import type { Context } from '../context.ts';
import { quoted } from '../hint-commands.ts';
import { findOwnFiles, ignoredFolderNotice } from '../paths.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** The configuration folder: whether it is there or can be made, is writable, and belongs to the user. */
export async function checkFolder(context: Context): Promise<Finding[]> {
  const ignored = ignoredFolderNotice(context.env);
  const folder = findOwnFiles(context.env)?.folder;
  const found =
    folder === undefined
      ? [warning('folder', noHome().message, noHome().hint)]
      : await inspectFolder(context, folder);
  return [...(ignored === undefined ? [] : [warning('folder', ignored)]), ...found];
}

async function inspectFolder(context: Context, folder: string): Promise<Finding[]> {
  const ref = { path: folder, setting: SETTING_HOME };
  try {
    const found = await nearestOf(folder);
    if (!found.stats.isDirectory()) {
      throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    }
    await access(found.path, constants.W_OK | constants.X_OK);
    return found.path === folder
      ? judge(context, folder, found.stats)
      : [ok('folder', `${folder} does not exist yet; the first login makes it`)];
  } catch (error) {
    return [problem('folder', storageError('write to', ref, error))];
  }
}

/** The names in a folder, sorted; none where there is no folder, and a finding where it cannot be read. */
export async function namesIn(
  path: string,
  setting = SETTING_HOME,
): Promise<{ names: string[]; unlisted?: Finding }> {
  try {
    return { names: (await readdir(path)).toSorted() };
  } catch (error) {
    if (errno(error) === 'ENOENT') return { names: [] };
    const { message, hint } = storageError('list', { path, setting }, error);
    return { names: [], unlisted: warning('files', message, hint) };
  }
}

/** The folder, or the lowest one above it that exists. */
async function nearestOf(path: string): Promise<{ path: string; stats: Stats }> {
  try {
    return { path, stats: await stat(path) };
  } catch (error) {
    const above = dirname(path);
    if (errno(error) !== 'ENOENT' || above === path) throw error;
    return nearestOf(above);
  }
}

/** Windows has neither owners nor modes here. */
function judge({ self }: Context, folder: string, { uid, mode }: Stats): Finding[] {
  const own = self.getuid?.();
  if (own === undefined || self.platform === 'win32')
    return [ok('folder', `${folder} is writable`)];
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  const place = `${folder}, mode ${octal}`;
  if (uid !== own) {
    const whose = `${place}, is writable and belongs to another user (uid ${uid}, you are ${own})`;
    return [warning('folder', whose, 'Run as that user, or name a folder with QWEN_DEMO_HOME.')];
  }
  if ((mode & 0o022) !== 0) {
    const open = `${place}: other users can replace the files in it`;
    return [warning('folder', open, `Make it yours alone:\n  chmod 700 ${quoted(folder)}`)];
  }
  return [ok('folder', `${place}, yours and writable`)];
}
