import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';
import type { ThisProcess } from './owner.ts';
import { looseMode, type OwnFile, readOwnFile, requireOwner, requireRegular } from './own-file.ts';
import type { FileRef } from './storage-error.ts';

/** A problem that the user should know. The work continues. */
export interface FileNotice {
  code: 'permissions_repaired' | 'permissions_loose';
  message: string;
}

/** A file with secrets. Only its owner may read it. */
export interface SecretFile extends FileRef {
  self: ThisProcess;
  onNotice: (notice: FileNotice) => void;
}

/**
 * Reads a file with secrets and removes the permissions of other users; undefined when there is
 * none.
 * @throws StorageError `foreign_owner`, or the errors of {@link readOwnFile}
 */
export function readSecretFile(file: SecretFile): Promise<OwnFile | undefined> {
  return readOwnFile({
    ...refOf(file),
    inspect: async (handle, stat) => {
      requireOwner(file, file.self, stat);
      await repairMode(file, handle, stat);
    },
  });
}

/**
 * Reads a file with secrets. Does not change or report its permissions.
 * @throws the errors of {@link readSecretFile}
 */
export function peekSecretFile(
  file: FileRef & { self: ThisProcess },
): Promise<OwnFile | undefined> {
  const { self } = file;
  return readOwnFile({
    ...refOf(file),
    inspect: (_, stat) => requireOwner(file, self, stat),
  });
}

/**
 * Refuses to replace a file that {@link readSecretFile} refuses to read. Accepts damaged content.
 * @throws StorageError `symlink`, `not_a_file`, `too_large`, `foreign_owner`
 */
export async function requireReplaceable(file: FileRef & { self: ThisProcess }): Promise<void> {
  const stat = await lstat(file.path, { bigint: true }).catch(() => undefined);
  if (!stat) return;
  requireRegular(file, stat);
  requireOwner(file, file.self, stat);
}

const refOf = ({ path, setting }: FileRef): FileRef => ({ path, setting });

async function repairMode(
  { path, self, onNotice }: SecretFile,
  handle: FileHandle,
  stat: BigIntStats,
): Promise<void> {
  const mode = looseMode(self, stat);
  if (mode === undefined) return;
  // On some file systems, as DrvFs of WSL, chmod succeeds and has no effect.
  const repaired = await handle.chmod(0o600).then(
    async () => looseMode(self, await handle.stat({ bigint: true })) === undefined,
    () => false,
  );
  const open = `${path} was open to other users (mode ${mode})`;
  onNotice(
    repaired
      ? { code: 'permissions_repaired', message: `${open}; it is now 0600.` }
      : {
          code: 'permissions_loose',
          message: `${open}, and its file system does not let that be changed.`,
        },
  );
}
