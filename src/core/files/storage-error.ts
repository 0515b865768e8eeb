import { ownValue } from '../json.ts';
import { StorageError } from '../errors.ts';

/** The setting with which a user replaces a file that cannot be used by another one. For hints. */
export interface NamingSetting {
  /** What the setting names: the file, or the folder of the file. */
  sets: 'file' | 'folder';
  /** The flag, environment variable or command with the file as its argument: `--credentials`. */
  name: string;
  /** The environment variable that names the default folder of the file. Only if `sets` is `file`. */
  folder_variable?: string;
  /** The flag with which a file that is a link or belongs to another user is only read. */
  read_only?: string;
}

/** For the credentials file and the files in the same folder. */
export const SETTING_CREDENTIALS: NamingSetting = {
  sets: 'file',
  name: '--credentials',
  folder_variable: 'QWEN_DEMO_HOME',
};
/** For the credentials file alone. */
export const SETTING_LOGIN: NamingSetting = {
  ...SETTING_CREDENTIALS,
  read_only: '--read-only-credentials',
};
/** For all other files of the configuration folder. */
export const SETTING_HOME: NamingSetting = { sets: 'folder', name: 'QWEN_DEMO_HOME' };

/** A file, and the setting that hints of its errors name. */
export interface FileRef {
  path: string;
  setting: NamingSetting;
}

/** A problem that the user should know. The work continues. */
export interface FileNotice {
  code: 'permissions_repaired' | 'permissions_loose' | 'not_flushed' | 'waiting_for_lock';
  message: string;
}

/** The `code` of an error of the operating system, such as `ENOENT`; undefined for any other error. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Resolves with `undefined` where there is no such file. For `catch`. */
export function absent(error: unknown): undefined {
  if (errno(error) === 'ENOENT') return undefined;
  throw error;
}

/** `name another file with --credentials` */
export function nameAnother({ sets, name }: NamingSetting): string {
  return `name another ${sets} with ${name}`;
}

/** All settings that move the file to another folder. */
function elsewhere({ sets, name, folder_variable }: NamingSetting): string {
  const another = `another ${sets} with ${name}`;
  if (folder_variable === undefined) return another;
  return `another folder with ${folder_variable}, or ${another}`;
}

type Reason = readonly [code: string, what: string, hint: (setting: NamingSetting) => string];

const makeRoom = () => 'Make room and try again.';
const checkPermissions = (setting: NamingSetting) =>
  `Check its owner and permissions, or name ${elsewhere(setting)}.`;
const goElsewhere = (setting: NamingSetting) => `Name ${elsewhere(setting)}.`;
const moveAway = (setting: NamingSetting) => `Move it away, or ${nameAnother(setting)}.`;

const allowMoreFiles = () => 'Raise ulimit -n, or end other programs.';

const REASONS: Readonly<Record<string, Reason>> = {
  ENOSPC: ['disk_full', 'the disk is full', makeRoom],
  EDQUOT: ['disk_full', 'the disk quota is used up', makeRoom],
  EROFS: ['read_only', 'the file system is read-only', goElsewhere],
  EACCES: ['no_permission', 'permission denied', checkPermissions],
  EPERM: ['no_permission', 'not permitted', checkPermissions],
  ENOENT: ['no_folder', 'its folder cannot be made', goElsewhere],
  ENOTDIR: ['no_folder', 'a part of its path is not a folder', goElsewhere],
  ENAMETOOLONG: ['name_too_long', 'its name is too long', goElsewhere],
  ELOOP: ['link_loop', 'its symbolic links form a loop', goElsewhere],
  EMFILE: ['too_many_open_files', 'too many open files', allowMoreFiles],
  ENFILE: ['too_many_open_files', 'too many open files', allowMoreFiles],
  ENOMEM: ['out_of_memory', 'not enough memory', () => 'Raise ulimit -v, or end other programs.'],
  EISDIR: ['not_a_file', 'it is not a file', moveAway],
};

/**
 * The error for a refusal of the operating system.
 * @param action the verb of the message: "read", "write" …
 */
export function storageError(
  action: string,
  { path, setting }: FileRef,
  cause: unknown,
): StorageError {
  const name = errno(cause) ?? 'unknown error';
  const [code, what, hint] = ownValue(REASONS, name) ?? [
    'storage_failed',
    name,
    () => 'Check the file system.',
  ];
  return new StorageError(`Cannot ${action} ${path}: ${what}`, {
    code,
    hint: hint(setting),
    cause,
  });
}

/** What to do with a file that was mounted in a container, as one more sentence. */
export function orOnlyRead({ read_only }: NamingSetting): string {
  return read_only === undefined ? '' : ` If it is mounted, only read it: ${read_only}`;
}

/** A symbolic link where only the file itself is accepted. */
export function symbolicLink(action: string, { path, setting }: FileRef): StorageError {
  return new StorageError(`Cannot ${action} ${path}: it is a symbolic link`, {
    code: 'symlink',
    hint:
      setting.sets === 'file'
        ? `Name the real file with ${setting.name}.${orOnlyRead(setting)}`
        : `Put the file itself there, or ${nameAnother(setting)}.`,
  });
}

/** The words of Node for an error, without its code and path: `permission denied`. */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
