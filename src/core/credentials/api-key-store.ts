import * as z from 'zod/mini';
import { StorageError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import { VISIBLE_ASCII } from '../http/message.ts';
import type { Random } from '../ports.ts';
import type { KeyringEntry } from './keyring.ts';
import { deleteLeftovers } from '../files/leftover.ts';
import { patientFiles } from '../files/patience.ts';
import { replaceOwnFile } from '../files/replacement.ts';
import { readSecretFile, requireReplaceable, type SecretFile } from '../files/secret-file.ts';
import { SETTING_HOME, errno, storageError } from '../files/storage-error.ts';
import { readMountedFile } from './read-only.ts';

/** An API key and the only endpoint it is sent to. */
const storedKeySchema = z.object({
  api_key: z.string().check(z.regex(VISIBLE_ASCII)),
  /** API base URL. */
  endpoint: z.string(),
});

/** See `storedKeySchema`. */
export type StoredKey = z.infer<typeof storedKeySchema>;

/** A store of one API key. Every method throws StorageError. */
export interface ApiKeyStore {
  /** For messages: the path of the file, or the name of the keyring entry. */
  readonly location: string;
  /** Undefined when there is none. StorageError `api_key_corrupt` for anything else in it. */
  load(): Promise<StoredKey | undefined>;
  save(key: StoredKey): Promise<void>;
  /** Resolves to false when there was none. */
  remove(): Promise<boolean>;
}

/**
 * An API key in a file of mode 0600, which is replaced in one step.
 * @param options `read_only`: the file is a mounted secret, of any owner and mode
 */
export function createApiKeyFile(
  options: Omit<SecretFile, 'setting'> & { random: Random; read_only?: boolean },
): ApiKeyStore {
  const { path, self, onNotice, keeps_mode, random, clock, read_only = false } = options;
  const ref = { path, setting: SETTING_HOME, clock };
  return {
    location: path,

    async load() {
      const file = await (read_only
        ? readMountedFile(ref)
        : readSecretFile({ ...ref, self, onNotice, keeps_mode }));
      return file && parseStoredKey(path, file.text);
    },

    async save(key) {
      await requireReplaceable({ ...ref, self });
      await replaceOwnFile({ ...ref, onNotice }, `${JSON.stringify(key, null, 2)}\n`, {
        random,
        self,
      });
    },

    async remove() {
      try {
        const files = patientFiles(clock);
        await deleteLeftovers(files, path, self, { all: true });
        await files.rm(path);
        return true;
      } catch (error) {
        if (errno(error) === 'ENOENT') return false;
        throw storageError('delete', ref, error);
      }
    },
  };
}

/** An API key in an entry of the operating system's keyring. */
export function createApiKeyEntry(entry: KeyringEntry): ApiKeyStore {
  return {
    location: entry.location,
    async load() {
      const text = await entry.read();
      return text === undefined ? undefined : parseStoredKey(entry.location, text);
    },
    save: (key) => entry.write(JSON.stringify(key)),
    remove: () => entry.remove(),
  };
}

/** Parses a stored API key. @throws StorageError `api_key_corrupt` */
export function parseStoredKey(location: string, text: string): StoredKey {
  const key = storedKeySchema.safeParse(jsonOrUndefined(text)).data;
  if (key) return key;
  throw new StorageError(`${location} does not hold an API key`, {
    code: 'api_key_corrupt',
    hint: 'Store it again: qwen-demo auth login --with-api-key',
  });
}
