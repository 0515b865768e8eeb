import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../ports.ts';
import { identify, type Owner, stateOf, type ThisProcess } from './owner.ts';
import type { Files } from './patience.ts';

/** What names a temporary file. */
export interface Writer {
  /** The process that writes it. */
  self: ThisProcess;
  random: Random;
}

/** Milliseconds after which a file of a process that cannot be looked up is a leftover: a write takes less. */
const UNCHECKED_MS = 3_600_000;

/**
 * What follows the name of the file: who writes the temporary file (a digest of the machine and its
 * boot, the process ID and the start time), and a UUID. Names with the UUID alone are older.
 */
const SUFFIX = /^\.(?:([0-9a-f]{8})-(\d+)-(\d+)\.)?[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;

/**
 * The path of a new temporary file, which tells the next process whether its writer still runs.
 * @param start the beginning of the path, the file that it is to replace
 */
export async function temporaryPath(start: string, { self, random }: Writer): Promise<string> {
  const me = await identify(self, '');
  return `${start}.${machineOf(me)}-${me.pid}-${me.start_time ?? 0}.${random.uuid()}.tmp`;
}

/**
 * Deletes the temporary files that killed processes left, and none of a process that runs. To be called
 * after a new file was made. A file
 * whose process cannot be looked up, because it ran on another machine or before the last boot, is
 * deleted when it is older than an hour.
 * @param start see {@link temporaryPath}
 * @param options `all`: delete such a file whatever its age
 */
export async function deleteLeftovers(
  files: Pick<Files, 'readdir' | 'lstat' | 'rm'>,
  start: string,
  self: ThisProcess,
  { all = false }: { all?: boolean } = {},
): Promise<void> {
  const folder = dirname(start);
  const own = basename(start);
  const names = await files.readdir(folder).catch(() => []);
  const temporary = names.filter(
    (name) => name.startsWith(own) && SUFFIX.test(name.slice(own.length)),
  );
  if (temporary.length === 0) return;
  const me = await identify(self, '');
  for (const name of temporary) {
    const path = join(folder, name);
    const state = await stateOfWriter(name.slice(own.length), me, self);
    if (state === 'alive' || (state === 'unknown' && !all && !(await isOld(files, path)))) continue;
    await files.rm(path, { force: true }).catch(() => {});
  }
}

async function stateOfWriter(suffix: string, me: Owner, self: ThisProcess) {
  const [, machine, pid, start_time] = SUFFIX.exec(suffix) ?? [];
  if (pid === undefined || machine !== machineOf(me)) return 'unknown';
  const known = start_time === '0' ? undefined : start_time;
  return stateOf({ ...me, pid: Number(pid), start_time: known }, me, self);
}

/** By the clock of the file system, which has just made a file: it can be that of another machine. */
async function isOld(files: Pick<Files, 'lstat'>, path: string): Promise<boolean> {
  const [file, folder] = await Promise.all(
    [path, dirname(path)].map((one) => files.lstat(one).catch(() => undefined)),
  );
  return file !== undefined && (folder?.mtimeMs ?? 0) - file.mtimeMs > UNCHECKED_MS;
}

function machineOf({ host, boot = '', namespace = '' }: Owner): string {
  return createHash('sha256').update([host, boot, namespace].join('\n')).digest('hex').slice(0, 8);
}
