import type { NamedBy } from '../files/storage-error.ts';
import type { Clock, Random } from '../ports.ts';
import { createFileStore } from './file-store.ts';
import { keyringEntry } from './keyring.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createFileLock, nestLocks } from '../files/lock.ts';
import type { OnNotice } from './notice.ts';
import type { ThisProcess } from '../files/owner.ts';
import { createQwenLock } from './qwen-lock.ts';
import { createFailureRecord, failurePath } from './refresh-failure.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';
import type { CredentialStore } from './store.ts';

/** Where the secret of a login lies. */
export type StoreKind = 'file' | 'keyring';

export interface StoreOptions {
  /** How a user names another file. Default: `--credentials`. */
  named?: NamedBy;
  /** Of the credentials file; to a keyring it is the name of the account. */
  path: string;
  kind: StoreKind;
  /** Node's `process`. */
  self: ThisProcess;
  random: Random;
  onNotice: OnNotice;
}

export interface FileSessionOptions extends Pick<
  SessionOptions,
  'refresh' | 'holdEnd' | 'onNotice'
> {
  /** Of the credentials file; the locks and the record of failures lie beside it. */
  path: string;
  /** Default: a file store at `path`. */
  store?: CredentialStore;
  /** Node's `process`. */
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

export function createStore({
  kind,
  path,
  named,
  self,
  random,
  onNotice,
}: StoreOptions): CredentialStore {
  if (kind === 'file') return createFileStore({ path, named, self, random, onNotice });
  const [entry, draft] = [keyringEntry(path), keyringEntry(`${path} (draft)`)];
  return createKeyringStore({ entry, draft, onNotice });
}

/** A login in a file or a keyring, under the lock of Qwen Code and one of our own. */
export function createFileSession(options: FileSessionOptions): Session {
  const { path, self, clock, random, refresh, holdEnd, onNotice } = options;
  const stem = path.replace(/\.json$/, '');
  const ours = createFileLock({ path: `${stem}.qwen-demo.lock`, self, clock, random });
  const shared = createQwenLock({ path: `${stem}.lock`, clock, random });
  return createSession({
    store: options.store ?? createFileStore({ path, self, random, onNotice }),
    lock: nestLocks(ours, shared),
    failures: createFailureRecord(failurePath(path), random),
    refresh,
    holdEnd,
    clock,
    onNotice,
  });
}
