import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../ports.ts';
import { errno } from './storage-error.ts';

/**
 * With these the file system may accept later what it refuses now: a virus scanner, an indexer or a
 * backup has the file open, a network share is slow, other programs use all open files.
 */
const PASSING: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'EACCES',
  'EBUSY',
  'ETXTBSY',
  'EAGAIN',
  'EINTR',
  'EIO',
  'ESTALE',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EINVAL',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'UNKNOWN',
]);

/** Milliseconds between two attempts: about 3 s in all. */
const PAUSES_MS = [10, 20, 50, 100, 200, 400, 800, 1500];
/** For what some file systems never do, and what the work goes on without. */
const SHORT_PAUSES_MS = PAUSES_MS.slice(0, 3);
const SHORT: ReadonlySet<PropertyKey> = new Set(['sync', 'datasync', 'chmod', 'utimes']);

/** The pauses between two attempts of a call. */
export type Pauses = Pick<Clock, 'sleep'>;

/** The calls of the file system on the files of this program. */
export type Files = Pick<
  typeof fs,
  | 'open'
  | 'rename'
  | 'link'
  | 'rm'
  | 'mkdir'
  | 'rmdir'
  | 'readdir'
  | 'lstat'
  | 'stat'
  | 'realpath'
  | 'utimes'
>;

/**
 * Calls of the file system that are repeated for about 3 s while they are refused in passing, and so
 * are those on the files that `open` opens. A refusal that lasts ends them at once: this user may not
 * read the file, or not write to the folder. `link` is not repeated, because its callers have another
 * way. All throw the last error of the operating system.
 */
export function patientFiles(clock: Pauses): Files {
  const call = (name: keyof Files) => {
    const plain = (...args: unknown[]) =>
      (fs[name] as (...args: unknown[]) => Promise<unknown>)(...args);
    const pauses = pausesOf(name);
    return (...args: unknown[]) => repeat(() => plain(...args), clock, pauses, needs(name, args));
  };
  const open = call('open');
  return {
    open: async (...args: unknown[]) =>
      patientHandle((await open(...args)) as fs.FileHandle, clock),
    rename: call('rename'),
    link: (from, to) => fs.link(from, to),
    rm: call('rm'),
    mkdir: call('mkdir'),
    rmdir: call('rmdir'),
    readdir: call('readdir'),
    lstat: call('lstat'),
    stat: call('stat'),
    realpath: call('realpath'),
    utimes: call('utimes'),
  } as Files;
}

/**
 * The same open file. A method that is repeated must not depend on the position in the file: use
 * `read` and `write`, not `readFile` and `writeFile`.
 */
function patientHandle(handle: fs.FileHandle, clock: Pauses): fs.FileHandle {
  return new Proxy(handle, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) =>
        repeat(async () => Reflect.apply(value, target, args) as unknown, clock, pausesOf(name));
    },
  });
}

function pausesOf(name: PropertyKey): readonly number[] {
  return SHORT.has(name) ? SHORT_PAUSES_MS : PAUSES_MS;
}

async function repeat<T>(
  call: () => Promise<T>,
  clock: Pauses,
  pauses: readonly number[],
  needed?: Needed,
): Promise<T> {
  let refusals = 0;
  for (const pause of pauses) {
    try {
      return await call();
    } catch (error) {
      if (!PASSING.has(errno(error))) throw error;
      if (needed && DENIED.has(errno(error)) && !(await mayUse(needed))) refusals += 1;
      // Twice, because the check itself may be refused in passing.
      if (refusals === 2) throw error;
      await clock.sleep(pause);
    }
  }
  return call();
}

const DENIED: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);

/** What this user must be allowed for a call to succeed ever. */
interface Needed {
  path: string;
  mode: number;
}

function needs(name: keyof Files, [path, flags]: unknown[]): Needed {
  const { R_OK, W_OK, X_OK, O_WRONLY, O_RDWR } = fs.constants;
  const file = String(path);
  if (name === 'readdir') return { path: file, mode: R_OK };
  if (name === 'open' && typeof flags === 'number') {
    return { path: file, mode: (flags & (O_WRONLY | O_RDWR)) === 0 ? R_OK : R_OK | W_OK };
  }
  const looks = name === 'lstat' || name === 'stat' || name === 'realpath';
  return { path: dirname(file), mode: looks ? X_OK : W_OK | X_OK };
}

function mayUse({ path, mode }: Needed): Promise<boolean> {
  return fs.access(path, mode).then(
    () => true,
    () => false,
  );
}

const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Flushes an open file to the disk. Resolves to false when the file system cannot: a power failure may
 * lose the file, but nothing else does.
 * @throws the error of the operating system for a full disk
 */
export async function flush(handle: Pick<fs.FileHandle, 'sync'>): Promise<boolean> {
  try {
    await handle.sync();
    return true;
  } catch (error) {
    if (FULL.has(errno(error))) throw error;
    return false;
  }
}
