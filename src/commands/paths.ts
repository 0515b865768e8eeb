/** Where the user's files are: the only place that asks the operating system for a home folder. */
import { platform, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';
import {
  configurationFolderOf,
  expandHome,
  type HomeSources,
  ignoredOwnFolder,
  noHome,
  qwenCodeFolderOf,
} from '../core/settings/home.ts';
import type { Environment } from '../core/settings/layers.ts';

export function homeSources(env: Environment): HomeSources {
  return { env, platform: platform(), passwordHome };
}

/** `os.homedir()` takes `HOME` as it is, even when it is empty or relative. */
function passwordHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // A user ID without an entry, as containers have it: ENOENT.
    return undefined;
  }
}

/** The configuration folder; undefined when the user has no home. */
export function findConfigurationFolder(env: Environment): string | undefined {
  return configurationFolderOf(homeSources(env));
}

/**
 * The configuration folder: `QWEN_DEMO_HOME`, or the platform's own place for such things.
 * @throws UsageError `no_home`
 */
export function configurationFolder(env: Environment): string {
  const folder = findConfigurationFolder(env);
  if (folder === undefined) throw noHome();
  return folder;
}

/** `STEM.json` in `folder` for the default profile, `STEM.NAME.json` for another. */
export function profileFile(folder: string, stem: string, profile: string): string {
  return join(folder, profile === 'default' ? `${stem}.json` : `${stem}.${profile}.json`);
}

/** Makes what reads a path that the user wrote: `~` at its beginning is the home folder. */
export function pathParser({ env }: { env: Environment }): (path: string) => string {
  return (path) => expandHome(path, homeSources(env));
}

/** The folder in which Qwen Code keeps its login. @throws UsageError `no_home` */
export function qwenCodeFolder(env: Environment): string {
  const folder = qwenCodeFolderOf(homeSources(env));
  if (folder === undefined) throw noHome('There is no login of Qwen Code to find');
  return folder;
}

/**
 * `path` from the root of the file system.
 * @throws UsageError `no_current_folder` when it is relative and the current folder was deleted
 */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    throw new UsageError(`"${path}" leads nowhere: the current folder was deleted`, {
      code: 'no_current_folder',
      hint: 'Change to a folder that exists, or write an absolute path.',
      cause,
    });
  }
}

/** What to tell a user whose `QWEN_DEMO_HOME` is ignored; undefined when it is not. */
export function ignoredFolderNotice(env: Environment): string | undefined {
  const ignored = ignoredOwnFolder(homeSources(env));
  if (ignored === undefined) return undefined;
  return (
    `QWEN_DEMO_HOME is ignored: "${ignored}" is not an absolute path. ` +
    `Write QWEN_DEMO_HOME=${absolutePath(ignored)}`
  );
}
