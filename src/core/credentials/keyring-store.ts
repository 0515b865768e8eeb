import { StorageError, SIGN_IN_AGAIN } from '../errors.ts';
import { credentialsIn, faultOfCredentials } from './credentials.ts';
import type { KeyringEntry } from './keyring.ts';
import type { CredentialStore, OnNotice } from './store.ts';

/** The entries of a store in the keyring. */
export interface KeyringStoreOptions {
  entry: KeyringEntry;
  /** Holds new credentials until they are in `entry`, as a temporary file does for a file. */
  draft: KeyringEntry;
  onNotice: OnNotice;
}

/** The content of a draft before there are new credentials. */
const NOTHING_YET = 'nothing yet';

/** Credentials as JSON in the operating system's keyring. */
export function createKeyringStore(options: KeyringStoreOptions): CredentialStore {
  const { entry, draft, onNotice } = options;
  const discard = () => draft.remove().catch(() => false);

  return {
    location: entry.location,

    async load() {
      const text = await entry.read();
      if (text === undefined) return undefined;
      const credentials = credentialsIn(text);
      if (credentials) return credentials;
      throw new StorageError(`${entry.location} ${faultOfCredentials(text)}`, {
        code: 'credentials_corrupt',
        hint: SIGN_IN_AGAIN,
      });
    },

    async prepare() {
      await draft.write(NOTHING_YET);
      let fresh = NOTHING_YET;
      return {
        async write(credentials) {
          fresh = JSON.stringify(credentials);
          await draft.write(fresh);
        },
        async commit() {
          await entry.write(fresh);
          await discard();
        },
        async discard() {
          await discard();
        },
      };
    },

    async remove() {
      await draft.remove();
      return entry.remove();
    },

    // Every save overwrites the draft first, so that the draft is never older than the entry.
    async recover() {
      const text = await draft.read();
      if (text === undefined) return false;
      const old = await entry.read();
      // No entry: the user has signed out since.
      const newer = old !== undefined && text !== old && credentialsIn(text) !== undefined;
      if (newer) await entry.write(text);
      await discard();
      if (!newer) return false;
      onNotice({
        code: 'save_completed',
        message: `A process died while it saved to ${entry.location}; its save is complete now.`,
      });
      return true;
    },
  };
}
