import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';
import { StorageError } from '../errors.ts';
import type { OnNotice } from '../credentials/notice.ts';
import type { ThisProcess } from '../credentials/owner.ts';
import { readRegularFile, refuseOddities, type RegularFile } from './regular-file.ts';

/** A file with secrets, which is its owner's alone. */
export interface OwnFile {
  path: string;
  self: ThisProcess;
  onNotice: OnNotice;
}

/**
 * Another user's file is refused; permissions that let others in are repaired.
 * @throws StorageError `foreign_owner`
 */
export async function vetOwnFile(
  { path, self, onNotice }: OwnFile,
  handle: FileHandle,
  stat: BigIntStats,
): Promise<void> {
  refuseForeign(path, self, stat);
  const mode = looseMode(self, stat);
  if (mode === undefined) return;
  const repaired = await handle.chmod(0o600).then(
    () => true,
    () => false,
  );
  const open = `${path} was open to other users (mode ${mode})`;
  onNotice(
    repaired
      ? { code: 'permissions_repaired', message: `${open}; it is now 0600.` }
      : { code: 'permissions_loose', message: `${open}, and that cannot be changed.` },
  );
}

/**
 * Reads one without a look at its permissions; undefined when there is none.
 * @throws StorageError, `foreign_owner` among others
 */
export function readOwnFile(path: string, self: ThisProcess): Promise<RegularFile | undefined> {
  return readRegularFile(path, async (_, stat) => refuseForeign(path, self, stat));
}

/** The permissions, in octal, when they let others in. */
export function looseMode(self: ThisProcess, stat: BigIntStats): string | undefined {
  const mode = Number(stat.mode & 0o777n);
  if (self.platform === 'win32' || (mode & 0o077) === 0) return undefined;
  return mode.toString(8).padStart(4, '0');
}

/** @throws StorageError `foreign_owner` */
export function refuseForeign(path: string, self: ThisProcess, stat: BigIntStats): void {
  const uid = self.getuid?.();
  if (uid === undefined || stat.uid === BigInt(uid)) return;
  throw new StorageError(`${path} belongs to another user (uid ${stat.uid}, you are ${uid})`, {
    code: 'foreign_owner',
    hint: 'Run as that user, or name a file of your own with --credentials.',
  });
}

/** What would be refused when it is read, save for a damaged content, is not replaced either. */
export async function refuseToReplaceOddities({ path, self }: OwnFile): Promise<void> {
  const stat = await lstat(path, { bigint: true }).catch(() => undefined);
  if (!stat) return;
  refuseOddities(path, stat);
  refuseForeign(path, self, stat);
}
