import { StorageError } from '../errors.ts';

/** How a user names another file in place of one that cannot be used. For hints. */
export interface NamedBy {
  /** What is named: the file, or the folder that it is in. */
  what: 'file' | 'folder';
  /** The flag or environment variable that names it: `--credentials`. */
  by: string;
  /** The environment variable that names the folder of the file where `by` does not name it. */
  folder?: string;
}

/** For the credentials file and the files in the same folder. */
export const BY_CREDENTIALS: NamedBy = {
  what: 'file',
  by: '--credentials',
  folder: 'QWEN_DEMO_HOME',
};
/** For all other files of the configuration folder. */
export const BY_HOME: NamedBy = { what: 'folder', by: 'QWEN_DEMO_HOME' };

/** A file that errors are about. */
export interface Place {
  path: string;
  named: NamedBy;
}

/** The `code` of an error of the operating system, or an empty string. */
export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Resolves with `undefined` where there is no such file. For `catch`. */
export function absent(error: unknown): undefined {
  if (errno(error) === 'ENOENT') return undefined;
  throw error;
}

/** `name another file with --credentials` */
export function nameAnother({ what, by }: NamedBy): string {
  return `name another ${what} with ${by}`;
}

/** All ways to name a place in another folder. */
function elsewhere({ what, by, folder }: NamedBy): string {
  const another = `another ${what} with ${by}`;
  return folder === undefined ? another : `another folder with ${folder}, or ${another}`;
}

type Reason = readonly [code: string, what: string, hint: (named: NamedBy) => string];

const makeRoom = () => 'Make room and try again.';
const checkPermissions = (named: NamedBy) =>
  `Check its owner and permissions, or name ${elsewhere(named)}.`;
const goElsewhere = (named: NamedBy) => `Name ${elsewhere(named)}.`;
const moveAway = (named: NamedBy) => `Move it away, or ${nameAnother(named)}.`;

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
  EISDIR: ['not_a_file', 'it is not a file', moveAway],
};

/**
 * The error for a refusal of the operating system.
 * @param action the verb of the message: "read", "write" …
 */
export function storageError(action: string, { path, named }: Place, cause: unknown): StorageError {
  const name = errno(cause) || 'unknown error';
  const [code, what, hint] = REASONS[name] ?? [
    'storage_failed',
    name,
    () => 'Check the file system.',
  ];
  return new StorageError(`Cannot ${action} ${path}: ${what}`, { code, hint: hint(named), cause });
}

/** A symbolic link where only the file itself is accepted. */
export function symbolicLink(action: string, { path, named }: Place): StorageError {
  return new StorageError(`Cannot ${action} ${path}: it is a symbolic link`, {
    code: 'symlink',
    hint:
      named.what === 'file'
        ? `Name the real file with ${named.by}.`
        : `Put the file itself there, or ${nameAnother(named)}.`,
  });
}

/** The words of Node for an error, without its code and path: `permission denied`. */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
