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
/** Begins the draft of a first login, which replaces nothing. */
const FIRST = 'first ';

/** Credentials as JSON in the operating system's keyring. */
export function createKeyringStore(options: KeyringStoreOptions): CredentialStore {
  const { entry, draft, onNotice } = options;
  const discard = () => draft.remove().catch(() => false);

  /** What is in the draft and belongs in the entry. No save leaves a draft that is older than the entry. */
  async function unfinished(): Promise<string | undefined> {
    const text = await draft.read();
    if (text === undefined || text === NOTHING_YET) return undefined;
    const fresh = text.startsWith(FIRST) ? text.slice(FIRST.length) : text;
    const old = await entry.read();
    // An entry that is gone was deleted by its user, unless this is the first login.
    const replaced = (old === undefined) === text.startsWith(FIRST) && fresh !== old;
    return replaced && credentialsIn(fresh) ? fresh : undefined;
  }

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
      const start = (await entry.read()) === undefined ? FIRST : '';
      await draft.write(NOTHING_YET);
      let fresh = NOTHING_YET;
      return {
        async write(credentials) {
          fresh = JSON.stringify(credentials);
          await draft.write(`${start}${fresh}`);
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

    async isUnfinished() {
      return (await unfinished()) !== undefined;
    },

    async recover() {
      const text = await unfinished();
      if (text !== undefined) await entry.write(text);
      await discard();
      if (text === undefined) return false;
      onNotice({
        code: 'save_completed',
        message: `An earlier command could not finish saving to ${entry.location}; its save is complete now.`,
      });
      return true;
    },
  };
}
