import type { Credentials } from '../../core/credentials/credentials.ts';
import type { CredentialStore } from '../../core/credentials/store.ts';
import { StorageError } from '../../core/errors.ts';

/**
 * What is there before a new login takes its place; damaged credentials are as good as none.
 * @throws StorageError when the store itself cannot be used
 */
export async function presentLogin(store: CredentialStore): Promise<Credentials | undefined> {
  try {
    return await store.load();
  } catch (error) {
    if (error instanceof StorageError && error.code === 'credentials_corrupt') return undefined;
    throw error;
  }
}
