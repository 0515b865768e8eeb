import type { Credentials } from './credentials.ts';

/** Where credentials are kept: a file, or an operating system's keyring. */
export interface CredentialStore {
  /** For messages: the path of the file, the name of the keyring entry. */
  readonly location: string;
  /**
   * The stored credentials, undefined when there are none.
   * @throws StorageError when they are there but cannot be read or understood
   */
  load(): Promise<Credentials | undefined>;
  /**
   * Makes everything ready to replace them, so that what can fail has failed before a refresh token
   * is spent. To be called under the lock.
   * @throws StorageError
   */
  prepare(): Promise<Saving>;
  /**
   * Deletes them. Resolves to false when there were none. To be called under the lock.
   * @throws StorageError
   */
  remove(): Promise<boolean>;
  /**
   * Finishes what a process that died while saving left behind. To be called under the lock.
   * Resolves to true when that brought newer credentials to light.
   */
  recover?(): Promise<boolean>;
}

/** A replacement of the stored credentials. When a step throws, the old ones are still there. */
export interface Saving {
  /** Writes them down where `recover` would find them. @throws StorageError */
  write(credentials: Credentials): Promise<void>;
  /** Puts them in the place of the old ones, at one stroke. @throws StorageError */
  commit(): Promise<void>;
  /** Forgets them. Never throws. */
  discard(): Promise<void>;
}
