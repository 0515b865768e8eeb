import { createHash } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { type Credentials, credentialsIn, faultOfCredentials } from './credentials.ts';
import { requireRegular } from '../files/own-file.ts';
import { patiently } from '../files/patience.ts';
import { openReplacement } from '../files/replacement.ts';
import { peekSecretFile, readSecretFile } from '../files/secret-file.ts';
import type { ThisProcess } from '../files/owner.ts';
import {
  SETTING_CREDENTIALS,
  errno,
  type NamingSetting,
  storageError,
} from '../files/storage-error.ts';
import type { CredentialStore, Notice, OnNotice } from './store.ts';

/** A credentials file, the process that uses it, and the source of random names. */
export interface FileStoreOptions {
  path: string;
  /** Default: `--credentials`. */
  setting?: NamingSetting | undefined;
  self: ThisProcess;
  random: Random;
  /** For the pauses before a refused call is repeated. */
  clock?: Clock | undefined;
  onNotice: OnNotice;
}

/**
 * The suffix of a temporary file: a digest of the text that it replaces, and a UUID. The temporary
 * files of Qwen Code have other names.
 */
const SUFFIX = /^\.([0-9a-f]{16})\.[0-9a-f-]{36}\.tmp$/;

/** Credentials in a file of mode 0600, in the format of Qwen Code. */
export function createFileStore(options: FileStoreOptions): CredentialStore {
  const { path, setting = SETTING_CREDENTIALS, random, self, clock } = options;
  const told = new Set<string>();
  const ref = { path, setting };

  /** The same fact is told once. */
  function onNotice(found: Notice): void {
    if (!told.has(found.code)) options.onNotice(found);
    told.add(found.code);
  }

  function onUnflushed(): void {
    const message = `The file system of ${path} cannot flush it to the disk: a power failure may lose it.`;
    onNotice({ code: 'not_flushed', message });
  }

  /** The temporary files of processes that died. The caller holds the lock, so no live process has any. */
  async function leftovers(): Promise<Leftover[]> {
    const names = await readdir(dirname(path)).catch(() => []);
    const own = basename(path);
    return names.flatMap((name) => {
      const replaces = name.startsWith(own) && SUFFIX.exec(name.slice(own.length))?.[1];
      return replaces ? [{ path: join(dirname(path), name), replaces }] : [];
    });
  }

  async function deleteLeftovers(): Promise<void> {
    const left = await leftovers();
    const remove = (one: Leftover) => rm(one.path, { force: true });
    await Promise.all(left.map((one) => patiently(() => remove(one), one.path, clock)));
  }

  return {
    location: path,

    async load() {
      const file = await readSecretFile({ ...ref, self, onNotice });
      return file && parseCredentials(path, file.text);
    },

    async prepare() {
      const current = await peekSecretFile({ ...ref, self });
      const temporary = `${path}.${digest(current?.text ?? '')}.${random.uuid()}.tmp`;
      const file = await openReplacement(ref, temporary, { clock, onUnflushed });
      return {
        ...file,
        write: (credentials) => file.write(`${JSON.stringify(credentials, null, 2)}\n`),
      };
    },

    async remove() {
      try {
        await deleteLeftovers();
        const stat = await lstat(path, { bigint: true });
        // A link is deleted. A device is refused: it must not be deleted with the login.
        if (!stat.isSymbolicLink()) requireRegular({ ...ref, cap: Infinity }, stat);
        await patiently(() => rm(path), path, clock);
        return true;
      } catch (error) {
        if (error instanceof StorageError) throw error;
        if (errno(error) === 'ENOENT') return false;
        throw storageError('delete', ref, error);
      }
    },

    // A process that dies between the response and the rename leaves the only copy of the newest
    // refresh token in its temporary file. That file replaces the credentials file if it is complete
    // and its name contains the digest of the text in the credentials file. File times do not matter.
    async recover() {
      const left = await leftovers();
      if (left.length === 0) return false;
      // No file: the user has signed out since.
      const current = await peekSecretFile({ ...ref, self });
      const completed = current && (await completeReplacement(left, digest(current.text), self));
      if (completed !== undefined) await patiently(() => rename(completed, path), path, clock);
      await deleteLeftovers();
      if (completed === undefined) return false;
      onNotice({
        code: 'save_completed',
        message: `A process died while it saved ${path}; its save is complete now.`,
      });
      return true;
    },
  };
}

/** A temporary file, and the digest of the text that it replaces. */
interface Leftover {
  path: string;
  replaces: string;
}

async function completeReplacement(
  left: Leftover[],
  current: string,
  self: ThisProcess,
): Promise<string | undefined> {
  for (const { path, replaces } of left) {
    if (replaces !== current) continue;
    const ref = { path, setting: SETTING_CREDENTIALS };
    const file = await peekSecretFile({ ...ref, self }).catch(() => undefined);
    if (file && credentialsIn(file.text)) return path;
  }
  return undefined;
}

/** 64 bits of SHA-256. The text holds random tokens, so that its digest reveals none of them. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Parses stored credentials. @throws StorageError `credentials_corrupt` */
export function parseCredentials(path: string, text: string): Credentials {
  const credentials = credentialsIn(text);
  if (credentials) return credentials;
  throw new StorageError(`${path} ${faultOfCredentials(text)}`, {
    code: 'credentials_corrupt',
    hint: 'Restore a copy of the file, or sign in again: qwen-demo auth',
  });
}
