import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { type Credentials, credentialsSchema } from './credentials.ts';
import type { OnNotice } from './notice.ts';
import { openReplacement } from '../files/replacement.ts';
import { peekSecretFile, readSecretFile } from '../files/secret-file.ts';
import type { ThisProcess } from '../files/owner.ts';
import { BY_CREDENTIALS, errno, type NamedBy, storageError } from '../files/storage-error.ts';
import type { CredentialStore } from './store.ts';
import { parseJson } from '../json.ts';

export interface FileStoreOptions {
  path: string;
  /** How a user names another file. Default: `--credentials`. */
  named?: NamedBy | undefined;
  self: ThisProcess;
  random: Random;
  onNotice: OnNotice;
}

/**
 * What follows the name of the file in that of a temporary one: a digest of the text that it is to
 * replace, and something unique. Qwen Code's temporary files have other names and are left alone.
 */
const SUFFIX = /^\.([0-9a-f]{16})\.[0-9a-f-]{36}\.tmp$/;

/** Credentials in a file of the user's own, mode 0600, as Qwen Code writes it. */
export function createFileStore(options: FileStoreOptions): CredentialStore {
  const { path, named = BY_CREDENTIALS, random, self, onNotice } = options;
  const place = { path, named };

  /** Temporary files of ours; under the lock, all of them are left-overs. */
  async function leftovers(): Promise<LeftOver[]> {
    const names = await readdir(dirname(path)).catch(() => []);
    const own = basename(path);
    return names.flatMap((name) => {
      const replaces = name.startsWith(own) && SUFFIX.exec(name.slice(own.length))?.[1];
      return replaces ? [{ path: join(dirname(path), name), replaces }] : [];
    });
  }

  async function sweep(): Promise<void> {
    const left = await leftovers();
    await Promise.all(left.map((one) => rm(one.path, { force: true })));
  }

  return {
    location: path,

    async load() {
      const file = await readSecretFile({ ...place, self, onNotice });
      return file && parseCredentials(path, file.text);
    },

    async prepare() {
      const current = await peekSecretFile({ ...place, self });
      const temporary = `${path}.${digest(current?.text ?? '')}.${random.uuid()}.tmp`;
      const file = await openReplacement(place, temporary);
      return {
        ...file,
        write: (credentials) => file.write(`${JSON.stringify(credentials, null, 2)}\n`),
      };
    },

    async remove() {
      try {
        await sweep();
        await rm(path);
        return true;
      } catch (error) {
        if (errno(error) === 'ENOENT') return false;
        throw storageError('delete', place, error);
      }
    },

    // A process that dies between the answer and the rename has the only copy of the newest refresh
    // token in its temporary file. If that is whole and was to replace the very text that is still
    // there, it is what the process was about to put in its place. No clock is asked.
    async recover() {
      const left = await leftovers();
      if (left.length === 0) return false;
      // No file: somebody has signed out since.
      const current = await peekSecretFile({ ...place, self });
      const heir = current && (await wholeSuccessor(left, digest(current.text), self));
      if (heir !== undefined) await rename(heir, path);
      await sweep();
      if (heir === undefined) return false;
      onNotice({
        code: 'save_completed',
        message: `A process died while it saved ${path}; what it had written was put in place.`,
      });
      return true;
    },
  };
}

/** A temporary file, and a digest of the text that it was to replace. */
interface LeftOver {
  path: string;
  replaces: string;
}

async function wholeSuccessor(
  left: LeftOver[],
  current: string,
  self: ThisProcess,
): Promise<string | undefined> {
  for (const { path, replaces } of left) {
    if (replaces !== current) continue;
    const place = { path, named: BY_CREDENTIALS };
    const file = await peekSecretFile({ ...place, self }).catch(() => undefined);
    if (file && understand(file.text)) return path;
  }
  return undefined;
}

/** Of a text full of random tokens: 64 bits that tell nobody anything. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function understand(text: string): Credentials | undefined {
  try {
    return credentialsSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

/** @throws StorageError `credentials_corrupt` */
export function parseCredentials(path: string, text: string): Credentials {
  const credentials = understand(text);
  if (credentials) return credentials;
  const what = text.trim() === '' ? 'is empty' : 'does not hold credentials';
  throw new StorageError(`${path} ${what}`, {
    code: 'credentials_corrupt',
    hint: 'Put a good copy in its place, or sign in again: qwen-demo auth',
  });
}
