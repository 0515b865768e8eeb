import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import { jsonOrUndefined } from '../json.ts';
import { errno } from './storage-error.ts';

/** The part of Node's `process` that tells one process from another; tests pass the real one. */
export interface ThisProcess {
  readonly pid: number;
  readonly platform: string;
  getuid?(): number;
  /** With signal 0: throws ESRCH when there is no such process, EPERM when it is another user's. */
  kill(pid: number, signal: 0): unknown;
}

const knownText = z.pipe(
  z.string(),
  z.transform((text) => (text === '' ? undefined : text)),
);

const ownerSchema = z.object({
  /** `pid` is unique within these three: host name, boot id, process-id namespace. */
  host: z.string(),
  /** Undefined where there is no /proc, as `namespace`. */
  boot: knownText,
  namespace: knownText,
  pid: z.int().check(z.positive()),
  /** Clock ticks from boot to the start of the process; undefined where there is no /proc. */
  start_time: knownText,
  /** A UUID that distinguishes the acquisitions of one process. */
  nonce: z.string(),
});

/** The process that holds a lock. */
export type Owner = z.infer<typeof ownerSchema>;

/** The owner that the text of a lock file names; undefined for any other text. */
export function ownerIn(text: string): Owner | undefined {
  return ownerSchema.safeParse(jsonOrUndefined(text)).data;
}

/** The text of a lock file: JSON, with an empty string for each unknown value. */
export function ownerText(owner: Owner): string {
  const { boot = '', namespace = '', start_time = '' } = owner;
  return `${JSON.stringify({ ...owner, boot, namespace, start_time })}\n`;
}

/** This process, as its locks name it. */
export async function identify(self: ThisProcess, nonce: string): Promise<Owner> {
  const [boot, namespace, stat] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => undefined),
    readlink('/proc/self/ns/pid').catch(() => undefined),
    processStat(self.pid),
  ]);
  return {
    host: hostname(),
    boot: boot?.trim(),
    namespace,
    pid: self.pid,
    start_time: stat?.start_time,
    nonce,
  };
}

/**
 * Whether the process of an owner still runs. `unknown` if this process cannot check: the owner ran on
 * another machine, before the last boot or in another container, or start times cannot be compared.
 */
export async function stateOf(
  owner: Owner,
  here: Owner,
  self: ThisProcess,
): Promise<'alive' | 'dead' | 'unknown'> {
  const { host, boot, namespace } = here;
  const comparable = owner.host === host && owner.boot === boot && owner.namespace === namespace;
  if (!comparable) return 'unknown';
  if (!exists(owner.pid, self)) return 'dead';
  const stat = await processStat(owner.pid);
  if (!stat || owner.start_time === undefined) return exists(owner.pid, self) ? 'unknown' : 'dead';
  // A zombie does not run any more. With another start time, the number is that of another process.
  return stat.zombie || stat.start_time !== owner.start_time ? 'dead' : 'alive';
}

function exists(pid: number, self: ThisProcess): boolean {
  try {
    self.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) === 'EPERM';
  }
}

/** proc(5): field 3 of /proc/PID/stat is the state, 22 the start time; 2 may hold anything. */
async function processStat(pid: number) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const start_time = fields[22 - 3];
  if (!state || !start_time) return undefined;
  return { zombie: state === 'Z' || state === 'X', start_time };
}
