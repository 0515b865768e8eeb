import { AuthError, StorageError } from '../errors.ts';
import { type NamingSetting, SETTING_CREDENTIALS } from '../files/storage-error.ts';
import type { Clock, Random } from '../ports.ts';
import { createFileStore } from './file-store.ts';
import { keyringEntry } from './keyring.ts';
import { createKeyringStore } from './keyring-store.ts';
import { createFileLock, nestLocks } from '../files/lock.ts';
import type { StoreKind } from '../settings/definitions.ts';
import type { ThisProcess } from '../files/owner.ts';
import { createQwenLock } from './qwen-lock.ts';
import { createFailureRecord, failurePath } from './refresh-failure.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';
import type { CredentialStore, OnNotice } from './store.ts';

/** Where the credentials of a login are stored. */
export interface LoginPlace {
  store: StoreKind;
  /** The path of the file; in a keyring, the name of the account. */
  path: string;
  /** Whether reading the file leaves its permissions as they are. */
  keeps_mode?: boolean | undefined;
}

/** Which store to open. */
export interface StoreOptions extends LoginPlace {
  clock: Pick<Clock, 'sleep'>;
  /** For hints about the file. Default: `--credentials`. */
  setting?: NamingSetting;
  /** Node's `process`. */
  self: ThisProcess;
  random: Random;
  onNotice: OnNotice;
}

/** The paths, the store and the refresh of a session. */
export interface FileSessionOptions extends Pick<
  SessionOptions,
  'store' | 'refresh' | 'holdEnd' | 'onNotice'
> {
  /** The path of the credentials file. The locks and the record of failures are beside it. */
  path: string;
  /** Node's `process`. */
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

/** Opens a store, which need not hold a login yet. */
export function createStore({
  store,
  path,
  setting,
  self,
  random,
  clock,
  onNotice,
  keeps_mode,
}: StoreOptions): CredentialStore {
  if (store === 'file') {
    return createFileStore({ path, setting, self, random, clock, onNotice, keeps_mode });
  }
  const [entry, draft] = [keyringEntry(path), keyringEntry(`${path} (draft)`)];
  return createKeyringStore({ entry, draft, onNotice });
}

/** A session that finishes what an earlier command could not. */
export interface FileSession extends Session {
  /**
   * Finishes a save that an earlier command began. `getValid`, `refresh` and `signOut` do so too.
   * Resolves to the error when the save cannot be finished now.
   * @throws the reason of the signal
   */
  finishSave(signal?: AbortSignal): Promise<StorageError | undefined>;
  /** Tries what `signIn` needs, the locks included, and changes nothing. @throws its errors */
  prepareSignIn(signal?: AbortSignal): Promise<void>;
}

/** A session with two locks: it takes that of this program, then that of Qwen Code. */
export function createFileSession(options: FileSessionOptions): FileSession {
  const { path, store, self, clock, random, refresh, holdEnd, onNotice } = options;
  const stem = path.replace(/\.json$/, '');
  const ours = createFileLock({
    path: `${stem}.qwen-demo.lock`,
    setting: SETTING_CREDENTIALS,
    self,
    clock,
    random,
    onNotice,
  });
  const shared = createQwenLock({ path: `${stem}.lock`, clock, random, onNotice });
  const lock = nestLocks(ours, shared);
  const session = createSession({
    store,
    lock,
    failures: createFailureRecord(failurePath(path), { clock, random }),
    refresh,
    holdEnd,
    clock,
    onNotice,
  });

  async function finishSave(signal?: AbortSignal): Promise<StorageError | undefined> {
    try {
      if (await store.isUnfinished()) await lock.run({ critical: () => store.recover(), signal });
      return undefined;
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  /** The stored login is used when the save of a newer one cannot be finished. */
  async function afterSave<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const failure = await finishSave(signal);
    try {
      return await work();
    } catch (error) {
      const absent = error instanceof AuthError && error.code === 'not_signed_in';
      throw (absent && failure) || error;
    }
  }

  return {
    ...session,
    finishSave,
    async prepareSignIn(signal) {
      const critical = async () => (await store.prepare()).discard();
      await lock.run({ critical, signal });
    },
    getValid: (signal) => afterSave(() => session.getValid(signal), signal),
    refresh: (signal) => afterSave(() => session.refresh(signal), signal),
    signOut: (signal) => afterSave(() => session.signOut(signal), signal),
  };
}
