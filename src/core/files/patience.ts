import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../ports.ts';
import { errno } from './storage-error.ts';

/** With these, a virus scanner, an indexer or a backup that has the file open refuses a call in passing. */
const PASSING: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY', 'ETXTBSY']);

/** Milliseconds between two attempts: about 3 s in all. */
const PAUSES_MS = [10, 20, 50, 100, 200, 400, 800, 1500];

/** Whether the file system may accept later what it refused with this error. */
export function mayPass(error: unknown): boolean {
  return PASSING.has(errno(error));
}

/**
 * Makes a call of the file system, and repeats it for about 3 s while it is refused in passing. A
 * refusal that lasts ends it at once: this user may not write to the folder.
 * @param path what the call changes or opens
 * @param clock without it there are no pauses
 * @throws the last error of `call`
 */
export async function patiently<T>(
  call: () => Promise<T>,
  path: string,
  clock?: Pick<Clock, 'sleep'>,
): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error) || !(await isWritable(dirname(path)))) throw error;
      await clock?.sleep(pause);
    }
  }
  return call();
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The error codes of file systems that cannot flush a file to the disk. */
const NO_FLUSH: ReadonlySet<string | undefined> = new Set([
  'EINVAL',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
  'EACCES',
]);

/** Flushes an open file or folder to the disk. Resolves to false where the file system cannot. */
export async function flush(handle: { sync: () => Promise<void> }): Promise<boolean> {
  try {
    await handle.sync();
    return true;
  } catch (error) {
    if (NO_FLUSH.has(errno(error))) return false;
    throw error;
  }
}
