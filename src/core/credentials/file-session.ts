import type { Clock, Random } from '../ports.ts';
import { createFileStore } from './file-store.ts';
import { createFileLock, nestLocks } from './lock.ts';
import type { ThisProcess } from './owner.ts';
import { createFailureRecord } from './refresh-failure.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';

export interface FileSessionOptions extends Pick<SessionOptions, 'refresh' | 'onNotice'> {
  /** Of the credentials file; the locks and the record of failures lie beside it. */
  path: string;
  /** Node's `process`. */
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

/** A login in a file, under the lock of Qwen Code and one of our own. */
export function createFileSession(options: FileSessionOptions): Session {
  const { path, self, clock, random, refresh, onNotice } = options;
  const stem = path.replace(/\.json$/, '');
  const lock = (suffix: string) =>
    createFileLock({ path: `${stem}${suffix}`, self, clock, random });
  return createSession({
    store: createFileStore({ path, self, random, onNotice }),
    lock: nestLocks(lock('.qwen-demo.lock'), lock('.lock')),
    failures: createFailureRecord(`${stem}.refresh-failure.json`, random),
    refresh,
    clock,
    onNotice,
  });
}
