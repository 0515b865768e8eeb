import type { Credentials } from './credentials.ts';

/** Something that the user should know although the work goes on. Holds no secrets. */
export interface Notice {
  /**
   * Stable: `permissions_repaired`, `permissions_loose`, `credentials_not_saved`, `save_completed`,
   * `not_flushed`, `refresh_failed`.
   */
  code: string;
  message: string;
}

/** Receives notices. */
export type OnNotice = (notice: Notice) => void;

/**
 * A store of one login's credentials: a file, or an entry of the operating system's keyring.
 *
 * Each method but `discard` throws StorageError when the store cannot be used. Its `code` is for a
 * file `symlink`, `not_a_file`, `too_large`, `foreign_owner` or a code of `storageError` such as
 * `disk_full`; for a keyring `no_keyring` or `keyring_unavailable`.
 */
export interface CredentialStore {
  /** For messages: the path of the file, or the name of the keyring entry. */
  readonly location: string;
  /**
   * The stored credentials; undefined when there are none.
   * @throws StorageError `credentials_corrupt`
   */
  load(): Promise<Credentials | undefined>;
  /**
   * Prepares to replace the credentials: a full disk or a read-only folder fails here, before a
   * refresh token is used. The caller holds the lock.
   */
  prepare(): Promise<Saving>;
  /** Deletes the credentials. Resolves to false when there were none. The caller holds the lock. */
  remove(): Promise<boolean>;
  /** Whether an earlier command wrote credentials that are not in their place yet. Takes no lock. */
  isUnfinished(): Promise<boolean>;
  /**
   * Finishes the save of a process that died or was refused its last step. Resolves to true when that replaced the stored
   * credentials by newer ones. The caller holds the lock.
   */
  recover(): Promise<boolean>;
}

/**
 * A replacement of the stored credentials. When a step throws one of the errors of
 * {@link CredentialStore}, the old credentials are unchanged.
 */
export interface Saving {
  /** Writes the new credentials to where `recover` finds them. */
  write(credentials: Credentials): Promise<void>;
  /** Replaces the old credentials by the new ones in one step. */
  commit(): Promise<void>;
  /** Deletes the new credentials. Never throws. */
  discard(): Promise<void>;
}
