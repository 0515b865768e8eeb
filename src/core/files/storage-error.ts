import { StorageError } from '../errors.ts';

/** The `code` of an error of the operating system, or an empty string. */
export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const ELSEWHERE = 'Name another folder with QWEN_DEMO_HOME, or another file with --credentials.';
const PERMISSIONS = 'Check its owner and permissions, or name another folder with QWEN_DEMO_HOME.';

const REASONS: Readonly<Record<string, readonly [code: string, what: string, hint: string]>> = {
  ENOSPC: ['disk_full', 'the disk is full', 'Make room and try again.'],
  EDQUOT: ['disk_full', 'the disk quota is used up', 'Make room and try again.'],
  EROFS: ['read_only', 'the file system is read-only', ELSEWHERE],
  EACCES: ['no_permission', 'permission denied', PERMISSIONS],
  EPERM: ['no_permission', 'not permitted', PERMISSIONS],
  ENOENT: ['no_folder', 'its folder cannot be made', ELSEWHERE],
  ENOTDIR: ['no_folder', 'a part of its path is not a folder', ELSEWHERE],
  ELOOP: ['symlink', 'it is a symbolic link', 'Name the real file with --credentials.'],
  EISDIR: ['not_a_file', 'it is not a file', 'Move it away, or name another with --credentials.'],
};

/** What to tell the user when the operating system refuses. `action`: "read", "write" … */
export function storageError(action: string, path: string, cause: unknown): StorageError {
  const name = errno(cause) || 'unknown error';
  const [code, what, hint] = REASONS[name] ?? ['storage_failed', name, 'Check the file system.'];
  return new StorageError(`Cannot ${action} ${path}: ${what}`, { code, hint, cause });
}
