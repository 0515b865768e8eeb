import { StorageError } from '../errors.ts';

/** One secret in the operating system's keyring. Every method throws StorageError. */
export interface KeyringEntry {
  /** For messages: the name of the entry. */
  readonly location: string;
  read(): Promise<string | undefined>;
  write(secret: string): Promise<void>;
  /** Resolves to false when there was none. */
  remove(): Promise<boolean>;
}

/** The part of `@napi-rs/keyring` that this program uses. */
export interface Keyring {
  AsyncEntry: new (
    service: string,
    account: string,
  ) => {
    setPassword(secret: string): Promise<unknown>;
    deleteCredential(): Promise<unknown>;
  };
  findCredentialsAsync(service: string): Promise<{ account: string; password: string }[]>;
}

/** The name by which users find the secrets in the program of their keyring. */
const SERVICE = 'qwen-demo';

/** A search throws when another process deletes an entry at the same time: tries in all. */
const SEARCHES = 4;

/**
 * The secret of `account`: in the Secret Service on Linux, the Keychain on macOS, the Credential
 * Manager on Windows. The first use loads the package.
 *
 * Measured with version 1.3.0 on Linux: without a Secret Service the package writes to the kernel's
 * keyring, which is lost at a restart, and reports success. With a locked keyring `getPassword` and
 * `deleteCredential` report that there is no secret. Its search reports both cases as errors: every
 * read is a search, and every change is checked by one.
 */
export function keyringEntry(account: string, load: () => Promise<Keyring> = loadKeyring) {
  const location = `the keyring entry "${account}" (service ${SERVICE})`;

  async function attempt<T>(action: string, step: (keyring: Keyring) => Promise<T>): Promise<T> {
    const keyring = await load();
    try {
      return await step(keyring);
    } catch (error) {
      throw error instanceof StorageError ? error : unavailable(action, location, error);
    }
  }

  async function find(keyring: Keyring, tries = SEARCHES): Promise<string | undefined> {
    try {
      const found = await keyring.findCredentialsAsync(SERVICE);
      return found.find((one) => one.account === account)?.password;
    } catch (error) {
      if (tries <= 1) throw error;
      return find(keyring, tries - 1);
    }
  }

  const entry: KeyringEntry = {
    location,

    read: () => attempt('read', (keyring) => find(keyring)),

    write: (secret) =>
      attempt('write', async (keyring) => {
        // Throws when there is no keyring, before the package gets the secret.
        await find(keyring);
        await new keyring.AsyncEntry(SERVICE, account).setPassword(secret);
        if ((await find(keyring)) !== secret)
          throw new Error('the secret is not there after the write');
      }),

    remove: () =>
      attempt('delete', async (keyring) => {
        if ((await find(keyring)) === undefined) return false;
        await new keyring.AsyncEntry(SERVICE, account).deleteCredential();
        if ((await find(keyring)) !== undefined) throw new Error('the secret is still there');
        return true;
      }),
  };
  return entry;
}

async function loadKeyring(): Promise<Keyring> {
  try {
    return await import('@napi-rs/keyring');
  } catch (error) {
    throw new StorageError('The optional package @napi-rs/keyring is not installed', {
      code: 'no_keyring',
      hint: 'Install qwen-demo with its optional dependencies, or use --store file.',
      cause: error,
    });
  }
}

/** StorageError `keyring_unavailable` with the first line of the package's message; a stack follows it. */
function unavailable(action: string, location: string, cause: unknown): StorageError {
  const [what = ''] = cause instanceof Error ? cause.message.split('\n', 1) : [];
  return new StorageError(`Cannot ${action} ${location}: ${what}`, {
    code: 'keyring_unavailable',
    hint:
      'Unlock it, or start one (on Linux a Secret Service such as gnome-keyring or KeePassXC).\n' +
      'To store the login in a file instead: qwen-demo auth login --store file',
    cause,
  });
}
