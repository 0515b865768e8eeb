/** Where the files are. Only this module asks the operating system for the home folder. */
import { platform, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { type OwnFiles, ownFiles, qwenCodeLogin } from '../core/settings/files.ts';
import {
  configurationFolderOf,
  expandHome,
  type HomeSources,
  ignoredOwnFolder,
  noHome,
  qwenCodeFolderOf,
} from '../core/settings/home.ts';
import type { Environment } from '../core/settings/layers.ts';

/** What the home folder is found from. */
export function homeSources(env: Environment): HomeSources {
  return { env, platform: platform(), passwordHome };
}

/** `os.homedir()` takes `HOME` as it is, even when it is empty or relative. */
function passwordHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // ENOENT: a user ID without an entry in the password database, as in a container.
    return undefined;
  }
}

/**
 * The files of the program: in `QWEN_DEMO_HOME`, or in the platform's folder for configuration.
 * @returns undefined when the user has no home folder
 */
export function findOwnFiles(env: Environment, profile?: string): OwnFiles | undefined {
  const folder = configurationFolderOf(homeSources(env));
  return folder === undefined ? undefined : ownFiles(folder, profile);
}

/** The same, for a command that needs them. @throws UsageError `no_home` */
export function ownFilesOf(env: Environment, profile?: string): OwnFiles {
  const files = findOwnFiles(env, profile);
  if (files === undefined) throw noHome();
  return files;
}

/** Reads a path that the user wrote: `~` at its beginning becomes the home folder. */
export type PathParser = (path: string) => string;

export function pathParser({ env }: { env: Environment }): PathParser {
  return (path) => expandHome(path, homeSources(env));
}

/** The file of Qwen Code's login. @throws UsageError `no_home` */
export function qwenCodeLoginFile(env: Environment): string {
  const folder = qwenCodeFolderOf(homeSources(env));
  if (folder === undefined) throw noHome('There is no login of Qwen Code to find');
  return qwenCodeLogin(folder);
}

/**
 * `path` as an absolute path.
 * @throws UsageError `no_current_folder` when it is relative and the current folder was deleted
 */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    throw new UsageError(`"${path}" cannot be resolved: the current folder was deleted`, {
      code: 'no_current_folder',
      hint: 'Change to a folder that exists, or write an absolute path.',
      cause,
    });
  }
}

/** The notice that `QWEN_DEMO_HOME` is ignored; undefined when it is used or not set. */
export function ignoredFolderNotice(env: Environment): string | undefined {
  const ignored = ignoredOwnFolder(homeSources(env));
  if (ignored === undefined) return undefined;
  return (
    `QWEN_DEMO_HOME is ignored: "${ignored}" is not an absolute path. ` +
    `Write QWEN_DEMO_HOME=${absolutePath(ignored)}`
  );
}
