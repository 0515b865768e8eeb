import { fstat, type Stats, write } from 'node:fs';
import { type FileHandle, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../errors.ts';

/** Maximum number of symbolic links that are followed, as on Linux. */
const MAX_LINKS = 40;

/** Where a path leads to. */
export interface Destination {
  /** Without a symbolic link, unless its folder does not exist. */
  path: string;
  /**
   * An output that a process has open under this path, so that text is added to it: its descriptor
   * if it is this process, else `foreign`. Undefined for any other file.
   */
  open: number | 'foreign' | undefined;
}

/** `/dev/stdout` is a link to `/proc/self/fd/1`, on macOS and the BSDs to `/dev/fd/1`. */
const DESCRIPTOR = /^(?:\/dev|\/proc\/(\d+)(?:\/task\/\d+)?)\/fd\/(\d+)$/;

/**
 * Follows the symbolic links of a path, but not beyond a descriptor: the file behind that may have
 * text of other programs, and a position that the shell shares with them.
 * @throws the error `ELOOP` of the operating system
 */
export async function destinationOf(path: string): Promise<Destination> {
  let place = resolve(path);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const folder = await realpath(dirname(place)).catch(() => undefined);
    if (folder === undefined) return { path: place, open: undefined };
    place = join(folder, basename(place));
    const [, pid, descriptor] = DESCRIPTOR.exec(place) ?? [];
    if (descriptor !== undefined) {
      const own = pid === undefined || pid === (await readlink('/proc/self'));
      return { path: place, open: own ? Number(descriptor) : 'foreign' };
    }
    const next = await readlink(place).catch(() => undefined);
    if (next === undefined) return { path: place, open: undefined };
    place = resolve(folder, next);
  }
  throw Object.assign(new Error('ELOOP: too many symbolic links encountered'), { code: 'ELOOP' });
}

/** Whether a path can name a folder only: `new/`. */
const namesFolder = (path: string) => path.endsWith('/') || path.endsWith(sep);

/**
 * Refuses to write to a folder, and to one that does not exist: `new/` would become the file `new`.
 * @throws UsageError `not_a_file`, `no_file_name`
 */
export async function refuseFolder(path: string): Promise<void> {
  if (path === '') throw new UsageError('The name of a file is empty', { code: 'no_file_name' });
  const isFolder = () =>
    stat(path).then(
      (known) => known.isDirectory(),
      () => false,
    );
  if (!namesFolder(path) && !(await isFolder())) return;
  throw new UsageError(`${path} is a folder, not a file`, {
    code: 'not_a_file',
    hint: `Name a file in it: ${join(path, 'FILE')}`,
  });
}

/** The standard output or error that is redirected to this file: `-o log >> log`. */
export async function redirectedTo({ dev, ino }: Stats): Promise<number | undefined> {
  for (const descriptor of [1, 2]) {
    const stat = await promisify(fstat)(descriptor).catch(() => undefined);
    if (stat?.isFile() === true && stat.dev === dev && stat.ino === ino) return descriptor;
  }
  return undefined;
}

/** An open descriptor of this process, at its own position. It stays open. */
export function openDescriptor(descriptor: number): Pick<FileHandle, 'write'> {
  const file = { write: (bytes: Buffer) => promisify(write)(descriptor, bytes) };
  return file as Pick<FileHandle, 'write'>;
}
