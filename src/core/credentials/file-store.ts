import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { type Credentials, credentialsIn, faultOfCredentials } from './credentials.ts';
import { requireRegular } from '../files/own-file.ts';
import { patientFiles } from '../files/patience.ts';
import { openReplacement, putInPlace } from '../files/replacement.ts';
import { peekSecretFile, readSecretFile } from '../files/secret-file.ts';
import type { ThisProcess } from '../files/owner.ts';
import {
  absent,
  SETTING_LOGIN,
  errno,
  type FileRef,
  type NamingSetting,
  storageError,
} from '../files/storage-error.ts';
import type { CredentialStore, OnNotice } from './store.ts';

/** A credentials file, the process that uses it, and the source of random names. */
export interface FileStoreOptions {
  path: string;
  /** Default: `--credentials`. */
  setting?: NamingSetting | undefined;
  self: ThisProcess;
  random: Random;
  clock: Pick<Clock, 'sleep'>;
  onNotice: OnNotice;
  /** Whether reading the file leaves its permissions as they are. */
  keeps_mode?: boolean | undefined;
}

/**
 * The suffix of a temporary file: a digest of the text that it replaces, and a UUID. The temporary
 * files of Qwen Code have other names.
 */
const SUFFIX = /^\.([0-9a-f]{16})\.[0-9a-f-]{36}\.tmp$/;

/** Credentials in a file of mode 0600, in the format of Qwen Code. */
export function createFileStore(options: FileStoreOptions): CredentialStore {
  const { path, setting = SETTING_LOGIN, random, self, clock, onNotice, keeps_mode } = options;
  const files = patientFiles(clock);
  const ref = { path, setting, clock };

  /** The temporary files beside the file. While the caller holds the lock, no live process has any. */
  async function leftovers(): Promise<Leftover[]> {
    const folder = dirname(path);
    const names = await files.readdir(folder).catch(absent);
    const own = basename(path);
    return (names ?? []).flatMap((name) => {
      const replaces = name.startsWith(own) && SUFFIX.exec(name.slice(own.length))?.[1];
      return replaces ? [{ path: join(dirname(path), name), replaces }] : [];
    });
  }

  async function deleteLeftovers(): Promise<void> {
    const left = await leftovers();
    await Promise.all(left.map((one) => files.rm(one.path, { force: true })));
  }

  /**
   * The latest complete temporary file that was to replace what is in the credentials file now, or that
   * lies beside one which is incomplete because it was being overwritten.
   */
  async function unfinished(left: Leftover[]): Promise<{ path: string; text: string } | undefined> {
    if (left.length === 0) return undefined;
    const current = (await peekSecretFile({ ...ref, self }))?.text;
    const replaced = digest(current);
    // Not one that is empty: somebody emptied it.
    const isDamaged = current !== undefined && current !== '' && !credentialsIn(current);
    let latest: { path: string; text: string; time: bigint } | undefined;
    for (const { path, replaces } of left) {
      if (replaces !== replaced && !isDamaged) continue;
      const file = await peekSecretFile({ ...ref, path, self }).catch(unusable);
      const time = file?.stat.mtimeNs ?? 0n;
      if (file && credentialsIn(file.text) && (!latest || time > latest.time)) {
        latest = { path, text: file.text, time };
      }
    }
    return latest;
  }

  return {
    location: path,

    async load() {
      const file = await readSecretFile({ ...ref, self, onNotice, keeps_mode });
      return file && parseCredentials(path, file.text);
    },

    async prepare() {
      const current = await peekSecretFile({ ...ref, self });
      const open = () => {
        const temporary = `${path}.${digest(current?.text)}.${random.uuid()}.tmp`;
        return openReplacement({ ...ref, onNotice }, temporary);
      };
      let file = await open();
      return {
        async write(credentials) {
          const text = `${JSON.stringify(credentials, null, 2)}\n`;
          try {
            await file.write(text);
          } catch {
            // It may be only this file that cannot be written to.
            const broken = file;
            file = await open();
            await broken.discard();
            await file.write(text);
          }
        },
        async commit() {
          try {
            await file.commit();
          } catch (error) {
            // After any other refusal the next command may still be able to finish.
            if (error instanceof StorageError && error.code === 'not_a_file') await file.discard();
            throw error;
          }
        },
        discard: () => file.discard(),
      };
    },

    async remove() {
      try {
        await deleteLeftovers();
        const stat = await files.lstat(path, { bigint: true });
        // A link is deleted. A device is refused: it must not be deleted with the login.
        if (!stat.isSymbolicLink()) requireRegular({ ...ref, cap: Infinity }, stat);
        await files.rm(path);
        return true;
      } catch (error) {
        if (errno(error) === 'ENOENT') return false;
        throw asStorageError('delete', ref, error);
      }
    },

    async isUnfinished() {
      try {
        return (await unfinished(await leftovers())) !== undefined;
      } catch (error) {
        throw asStorageError('read', ref, error);
      }
    },

    // A process that dies before the rename, or whose rename is refused, leaves the only copy of the
    // newest refresh token in its temporary file. That file replaces the credentials file if it is
    // complete and its name contains the digest of the text in the credentials file.
    async recover() {
      try {
        const left = await leftovers();
        const completed = await unfinished(left);
        if (completed) await putInPlace(files, completed.path, path, completed.text);
        // One that stays has no effect: it does not replace the text that the file has now.
        await Promise.all(left.map((one) => files.rm(one.path, { force: true }).catch(() => {})));
        if (completed === undefined) return false;
      } catch (error) {
        throw asStorageError('write', ref, error);
      }
      onNotice({
        code: 'save_completed',
        message: `An earlier command could not finish saving ${path}; its save is complete now.`,
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

/** The codes of a temporary file that this program did not write. */
const NOT_OURS: ReadonlySet<string> = new Set([
  'symlink',
  'not_a_file',
  'too_large',
  'foreign_owner',
]);

/** For `catch`. Any other error may pass: it must not make the only copy of a token be deleted. */
function unusable(error: unknown): undefined {
  if (error instanceof StorageError && NOT_OURS.has(error.code)) return undefined;
  throw error;
}

function asStorageError(action: string, ref: FileRef, error: unknown): StorageError {
  return error instanceof StorageError ? error : storageError(action, ref, error);
}

/**
 * 64 bits of SHA-256. The text holds random tokens, so that its digest reveals none of them. Zeros
 * stand for no file: a first login that is unfinished differs from a login that was deleted since.
 */
function digest(text: string | undefined): string {
  if (text === undefined) return '0'.repeat(16);
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
