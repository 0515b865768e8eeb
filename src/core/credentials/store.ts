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
   * Replaces them at one stroke: whatever happens, the old or the new ones are there, whole. To be
   * called under the lock.
   * @throws StorageError, and then the old ones are untouched
   */
  save(credentials: Credentials): Promise<void>;
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
