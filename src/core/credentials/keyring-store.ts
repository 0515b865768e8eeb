import { StorageError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import { type Credentials, credentialsSchema } from './credentials.ts';
import type { KeyringEntry } from './keyring.ts';
import type { OnNotice } from './notice.ts';
import type { CredentialStore } from './store.ts';

export interface KeyringStoreOptions {
  entry: KeyringEntry;
  /** What the temporary file is to a file: holds new credentials until they are in place. */
  draft: KeyringEntry;
  onNotice: OnNotice;
}

/** What a draft holds before there is anything to hold. */
const NOTHING_YET = 'nothing yet';

/** Credentials as JSON in the keyring of the operating system. */
export function createKeyringStore(options: KeyringStoreOptions): CredentialStore {
  const { entry, draft, onNotice } = options;
  const discard = () => draft.remove().catch(() => false);

  return {
    location: entry.location,

    async load() {
      const text = await entry.read();
      if (text === undefined) return undefined;
      const credentials = understand(text);
      if (credentials) return credentials;
      throw new StorageError(`What is kept in ${entry.location} is not a login`, {
        code: 'credentials_corrupt',
        hint: 'Sign in again: qwen-demo auth',
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

    // Every replacement begins by overwriting the draft, so what is in it is never older than what
    // is in the entry.
    async recover() {
      const text = await draft.read();
      if (text === undefined) return false;
      const old = await entry.read();
      // Nothing there: somebody has signed out since.
      const newer = old !== undefined && text !== old && understand(text) !== undefined;
      if (newer) await entry.write(text);
      await discard();
      if (!newer) return false;
      onNotice({
        code: 'save_completed',
        message: `A process died while it saved to ${entry.location}; what it had was put in place.`,
      });
      return true;
    },
  };
}

function understand(text: string): Credentials | undefined {
  return credentialsSchema.safeParse(jsonOrUndefined(text)).data;
}
