import { posix, win32 } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Environment } from './layers.ts';

/** What the home folder is found from. */
export interface HomeSources {
  env: Environment;
  /** `process.platform` */
  platform: string;
  /** The home folder in the password database; undefined for a user ID without an entry. */
  passwordHome: () => string | undefined;
}

/** `~` or `~/…` at the beginning of a path; `./~/x` is a folder called `~`. */
const TILDE = /^~(?=\/|$)/;
const WINDOWS_TILDE = /^~(?=[/\\]|$)/;

/**
 * The user's home folder: `HOME` (on Windows `USERPROFILE`) if it is absolute, else that of the
 * password database; undefined when there is neither. An empty or relative variable is ignored: it
 * would make the current folder the home.
 */
export function homeFolder({ env, platform, passwordHome }: HomeSources): string | undefined {
  const variable = platform === 'win32' ? env.USERPROFILE : env.HOME;
  return absolute(platform, variable) ?? absolute(platform, passwordHome());
}

/**
 * The folder of configuration, logins and conversations: `QWEN_DEMO_HOME`, else that of the
 * platform; undefined without a home folder. A relative path in a variable is ignored, as the XDG
 * Base Directory Specification says.
 */
export function configurationFolderOf(sources: HomeSources): string | undefined {
  return folderIn(sources, 'QWEN_DEMO_HOME') ?? platformFolder(sources);
}

/** The folder of Qwen Code's login: `QWEN_HOME`, else `.qwen` in the home folder. */
export function qwenCodeFolderOf(sources: HomeSources): string | undefined {
  return folderIn(sources, 'QWEN_HOME') ?? below(sources, '.qwen');
}

/** The value of `QWEN_DEMO_HOME` when it is ignored because it is not absolute; else undefined. */
export function ignoredOwnFolder(sources: HomeSources): string | undefined {
  const value = sources.env.QWEN_DEMO_HOME;
  const used = folderIn(sources, 'QWEN_DEMO_HOME') !== undefined;
  return value === undefined || value === '' || used ? undefined : value;
}

/**
 * Replaces `~` at the beginning of a path that the user wrote by the home folder, because not
 * every shell does: bash leaves `--credentials=~/x` as it is.
 * @throws UsageError `no_home` when there is no home folder
 */
export function expandHome(path: string, sources: HomeSources): string {
  const windows = sources.platform === 'win32';
  if (!(windows ? WINDOWS_TILDE : TILDE).test(path)) return path;
  const home = homeFolder(sources);
  if (home === undefined) throw noHome(`Cannot expand "${path}"`);
  return (windows ? win32 : posix).join(home, path.slice(1));
}

/** The error of a command that needs a home folder. @param what begins the message */
export function noHome(what = 'There is no folder for the files of the program'): UsageError {
  return new UsageError(`${what}: your user has no home folder`, {
    code: 'no_home',
    hint:
      'Set QWEN_DEMO_HOME to the absolute path of a folder of your own, or HOME:\n' +
      '  export QWEN_DEMO_HOME=/path/to/folder',
  });
}

function folderIn(sources: HomeSources, variable: string): string | undefined {
  const { env, platform } = sources;
  const value = env[variable];
  if (value === undefined || homeFolder(sources) === undefined) return absolute(platform, value);
  return absolute(platform, expandHome(value, sources));
}

function platformFolder(sources: HomeSources): string | undefined {
  const { env, platform } = sources;
  if (platform === 'win32') {
    const roaming = absolute(platform, env.APPDATA) ?? below(sources, 'AppData', 'Roaming');
    return roaming && win32.join(roaming, 'qwen-demo', 'Config');
  }
  if (platform === 'darwin') return below(sources, 'Library', 'Preferences', 'qwen-demo');
  const configuration = absolute(platform, env.XDG_CONFIG_HOME) ?? below(sources, '.config');
  return configuration && posix.join(configuration, 'qwen-demo');
}

function below(sources: HomeSources, ...parts: string[]): string | undefined {
  const home = homeFolder(sources);
  return home && (sources.platform === 'win32' ? win32 : posix).join(home, ...parts);
}

function absolute(platform: string, path: string | undefined): string | undefined {
  const { isAbsolute } = platform === 'win32' ? win32 : posix;
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
