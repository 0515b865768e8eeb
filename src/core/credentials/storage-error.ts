import { StorageError } from '../errors.ts';

/** The `code` of an error of the operating system, or an empty string. */
export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const REASONS: Readonly<Record<string, readonly [code: string, what: string, hint: string]>> = {
  ENOSPC: ['disk_full', 'the disk is full', 'Make room and try again.'],
  EDQUOT: ['disk_full', 'the disk quota is used up', 'Make room and try again.'],
  EROFS: ['read_only', 'the file system is read-only', 'Name another file with --credentials.'],
  EACCES: ['no_permission', 'permission denied', 'Check its owner and permissions.'],
  EPERM: ['no_permission', 'not permitted', 'Check its owner and permissions.'],
  ENOTDIR: ['no_folder', 'a part of its path is not a folder', 'Check --credentials.'],
  ELOOP: ['symlink', 'it is a symbolic link', 'Name the real file with --credentials.'],
  EISDIR: ['not_a_file', 'it is not a file', 'Move it away, or name another with --credentials.'],
};

/** What to tell the user when the operating system refuses. `action`: "read", "write" … */
export function storageError(action: string, path: string, cause: unknown): StorageError {
  const name = errno(cause) || 'unknown error';
  const [code, what, hint] = REASONS[name] ?? ['storage_failed', name, 'Check the file system.'];
  return new StorageError(`Cannot ${action} ${path}: ${what}`, { code, hint, cause });
}
