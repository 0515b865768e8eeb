/** Credentials that others put in place, such as a secret mounted in a container: they are only read. */
import { AuthError, StorageError, UsageError } from '../errors.ts';
import { type OwnFile, readOwnFile } from '../files/own-file.ts';
import type { Pauses } from '../files/patience.ts';
import type { FileRef } from '../files/storage-error.ts';
import type { Clock } from '../ports.ts';
import { howToLeaveOut, type Sourced } from '../settings/layers.ts';
import {
  type Credentials,
  credentialsIn,
  faultOfCredentials,
  isRefreshable,
  notSignedIn,
} from './credentials.ts';
import type { FileSession } from './file-session.ts';
import type { CredentialStore } from './store.ts';

/** The part of a store that changes nothing. */
export type ReadableStore = Pick<CredentialStore, 'location' | 'load'>;

/** A file that is only read. */
export type MountedFile = FileRef & { clock: Pauses };

/**
 * Reads a file that is only read: also by symbolic links, and whatever its owner and its mode are.
 * Changes nothing. Undefined when there is none.
 * @throws the errors of `readOwnFile` but `symlink`
 */
export function readMountedFile({
  path,
  setting,
  clock,
}: MountedFile): Promise<OwnFile | undefined> {
  return readOwnFile({ path, setting, clock, follow: true });
}

/** A credentials file that is only read. */
export function createMountedStore(ref: MountedFile): ReadableStore {
  const { path } = ref;
  return {
    location: path,
    async load() {
      const file = await readMountedFile(ref);
      if (!file) return undefined;
      const credentials = credentialsIn(file.text);
      if (credentials) return credentials;
      throw new StorageError(`${path} ${faultOfCredentials(file.text)}`, {
        code: 'credentials_corrupt',
        hint: 'Mount a file there that auth login or Qwen Code has written.',
      });
    },
  };
}

/** The same store, which refuses every change with the errors of {@link readOnlyError}. */
export function readOnlyStore(store: ReadableStore, setting: Sourced<boolean>): CredentialStore {
  const { location } = store;
  const refuse = () => Promise.reject(readOnlyError('This command', setting));
  const load = () => store.load();
  return {
    location,
    load,
    prepare: refuse,
    remove: refuse,
    recover: refuse,
    isUnfinished: () => Promise.resolve(false),
  };
}

/** What a session that only reads is made of. */
export interface ReadOnlySessionOptions {
  store: ReadableStore;
  /** What says that the credentials are only read, for messages. */
  setting: Sourced<boolean>;
  /** The hint of an error for a token that has expired. */
  hint: string;
  clock: Clock;
}

/**
 * A session that sends no refresh, takes no lock and writes nothing. It reads the store each time,
 * because another program may replace the credentials. A token is used until the time in the store;
 * one without a refresh token is used until the API refuses it.
 */
export function createReadOnlySession(options: ReadOnlySessionOptions): FileSession {
  const { store, setting, hint, clock } = options;
  const refuse = () => Promise.reject(readOnlyError('This command', setting));

  function isExpired(credentials: Credentials): boolean {
    const { expiry_date } = credentials;
    return isRefreshable(credentials) && clock.now() >= expiry_date;
  }

  return {
    async getValid(signal) {
      signal?.throwIfAborted();
      const stored = await store.load();
      if (!stored) throw notSignedIn(store.location);
      if (!isExpired(stored)) return stored;
      throw new AuthError(
        `The token in ${store.location} has expired, and ${setting.source} keeps it from being refreshed`,
        { code: 'read_only_expired', hint },
      );
    },
    async renew(rejected) {
      const stored = await store.load();
      return stored?.access_token === rejected ? undefined : stored;
    },
    finishSave: () => Promise.resolve(undefined),
    prepareSignIn: refuse,
    refresh: refuse,
    signIn: refuse,
    signOut: refuse,
  };
}

/**
 * UsageError `read_only_credentials`: a command that changes credentials that are only read.
 * @param what the command, at the beginning of the message
 */
export function readOnlyError(what: string, setting: Sourced<boolean>): UsageError {
  return new UsageError(
    `${what} changes the stored credentials, and ${setting.source} says that they are only read`,
    { code: 'read_only_credentials', hint: `To change them, ${howToLeaveOut(setting)}.` },
  );
}
