import { StorageError } from '../errors.ts';

/** One secret in the operating system's keyring. Every method throws StorageError. */
export interface KeyringEntry {
  /** For messages. */
  readonly location: string;
  read(): Promise<string | undefined>;
  write(secret: string): Promise<void>;
  /** Resolves to false when there was none. */
  remove(): Promise<boolean>;
}

/** The part of `@napi-rs/keyring` that is used. */
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

/** Under which a person finds our secrets in the keyring's own program. */
const SERVICE = 'qwen-demo';

/** A search fails when another process deletes one of our entries under its hands. */
const SEARCHES = 4;

/**
 * The secret kept for `account`: Secret Service on Linux, Keychain on macOS, Credential Manager on
 * Windows. The package behind it is loaded with the first use.
 *
 * Measured with version 1.3.0 on Linux: where there is no Secret Service the package quietly writes
 * to the kernel's own keyring, which forgets; and where the keyring is locked `getPassword` says
 * that there is no secret, and `deleteCredential` that there was none. Its search does neither. So
 * it is asked what is there, also after every change.
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
        // Fails where there is no keyring, before the secret is handed over.
        await find(keyring);
        await new keyring.AsyncEntry(SERVICE, account).setPassword(secret);
        if ((await find(keyring)) !== secret) throw new Error('what was written is not there');
      }),

    remove: () =>
      attempt('delete', async (keyring) => {
        if ((await find(keyring)) === undefined) return false;
        await new keyring.AsyncEntry(SERVICE, account).deleteCredential();
        if ((await find(keyring)) !== undefined) throw new Error('it is still there');
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

/** The first line of what the package says; the others are a stack of its own. */
function unavailable(action: string, location: string, cause: unknown): StorageError {
  const [what = ''] = cause instanceof Error ? cause.message.split('\n', 1) : [];
  return new StorageError(`Cannot ${action} ${location}: ${what}`, {
    code: 'keyring_unavailable',
    hint:
      'Unlock it, or start one (on Linux a Secret Service such as gnome-keyring or KeePassXC).\n' +
      'To keep the login in a file instead: qwen-demo auth login --store file',
    cause,
  });
}
