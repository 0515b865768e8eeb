import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { Random } from '../ports.ts';
import { openReplacement } from './atomic-write.ts';
import { type Credentials, credentialsSchema } from './credentials.ts';
import type { OnNotice } from './notice.ts';
import type { ThisProcess } from './owner.ts';
import { readRegularFile, refuseOddities, type RegularFile } from './regular-file.ts';
import { errno, storageError } from './storage-error.ts';
import type { CredentialStore } from './store.ts';

export interface FileStoreOptions {
  path: string;
  self: ThisProcess;
  random: Random;
  onNotice: OnNotice;
}

/** Credentials in a file of the user's own, mode 0600, as Qwen Code writes it. */
export function createFileStore(options: FileStoreOptions): CredentialStore {
  const { path, random } = options;
  const prefix = `${basename(path)}.`;

  /** Names of the temporary files beside ours; under the lock, all of them are left-overs. */
  async function leftovers(): Promise<string[]> {
    const names = await readdir(dirname(path)).catch(() => []);
    return names
      .filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'))
      .map((name) => join(dirname(path), name));
  }

  return {
    location: path,

    async load() {
      const file = await readRegularFile(path, (handle, stat) => vet(options, handle, stat));
      return file && parse(path, file.text);
    },

    async prepare() {
      await refuseToReplaceOddities(options);
      const file = await openReplacement(path, `${path}.${random.uuid()}.tmp`);
      return {
        ...file,
        write: (credentials) => file.write(`${JSON.stringify(credentials, null, 2)}\n`),
      };
    },

    async remove() {
      try {
        await Promise.all((await leftovers()).map((name) => rm(name, { force: true })));
        await rm(path);
        return true;
      } catch (error) {
        if (errno(error) === 'ENOENT') return false;
        throw storageError('delete', path, error);
      }
    },

    // A process that dies between the answer and the rename has the only copy of the newest refresh
    // token in its temporary file. If that is whole and younger than the file, it is what the
    // process was about to put there.
    async recover() {
      const names = await leftovers();
      if (names.length === 0) return false;
      const current = await readRegularFile(path);
      const newest = await newestWhole(names, current, options);
      if (newest !== undefined) await rename(newest, path);
      await Promise.all(names.map((name) => rm(name, { force: true })));
      if (newest === undefined) return false;
      options.onNotice({
        code: 'save_completed',
        message: `A process died while it saved ${path}; what it had written was put in place.`,
      });
      return true;
    },
  };
}

async function newestWhole(
  names: string[],
  current: RegularFile | undefined,
  { self }: FileStoreOptions,
): Promise<string | undefined> {
  let newest: string | undefined;
  // No file: somebody has signed out since.
  let time = current?.stat.mtimeNs;
  if (time === undefined) return undefined;
  for (const name of names) {
    const file = await readRegularFile(name, async (_, stat) => {
      refuseForeign(name, self, stat);
    }).catch(() => undefined);
    if (!file || file.stat.mtimeNs <= time || !understand(file.text)) continue;
    newest = name;
    time = file.stat.mtimeNs;
  }
  return newest;
}

function understand(text: string): Credentials | undefined {
  try {
    return credentialsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function parse(path: string, text: string): Credentials {
  const credentials = understand(text);
  if (credentials) return credentials;
  const what = text.trim() === '' ? 'is empty' : 'does not hold credentials';
  throw new StorageError(`${path} ${what}`, {
    code: 'credentials_corrupt',
    hint: 'Put a good copy in its place, or sign in again: qwen-demo auth',
  });
}

/** Another user's file is refused; permissions that let others in are repaired. */
async function vet(
  { path, self, onNotice }: FileStoreOptions,
  handle: FileHandle,
  stat: BigIntStats,
) {
  refuseForeign(path, self, stat);
  const mode = Number(stat.mode & 0o777n);
  if (self.platform === 'win32' || (mode & 0o077) === 0) return;
  const old = mode.toString(8).padStart(4, '0');
  await handle.chmod(0o600);
  onNotice({
    code: 'permissions_repaired',
    message: `${path} was open to other users (mode ${old}); it is now 0600.`,
  });
}

function refuseForeign(path: string, self: ThisProcess, stat: BigIntStats): void {
  const uid = self.getuid?.();
  if (uid === undefined || stat.uid === BigInt(uid)) return;
  throw new StorageError(`${path} belongs to another user (uid ${stat.uid}, you are ${uid})`, {
    code: 'foreign_owner',
    hint: 'Run as that user, or name a file of your own with --credentials.',
  });
}

/** What `load` refuses, save for a damaged content, is not replaced either. */
async function refuseToReplaceOddities({ path, self }: FileStoreOptions): Promise<void> {
  const stat = await lstat(path, { bigint: true }).catch(() => undefined);
  if (!stat) return;
  refuseOddities(path, stat);
  refuseForeign(path, self, stat);
}
