import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { ThisProcess } from './owner.ts';
import {
  type Inspect,
  looseMode,
  type OwnFile,
  readOwnFile,
  requireOwner,
  requireRegular,
} from './own-file.ts';
import { patientFiles, type Pauses } from './patience.ts';
import { errno, type FileNotice, type FileRef, reasonOf, storageError } from './storage-error.ts';

/** A file with secrets. Only its owner may read it. */
export interface SecretFile extends FileRef {
  self: ThisProcess;
  clock: Pauses;
  onNotice: (notice: FileNotice) => void;
  /** Whether the permissions stay as they are, and are not reported. */
  keeps_mode?: boolean | undefined;
}

/**
 * Reads a file with secrets and removes the permissions of other users, unless `keeps_mode`;
 * undefined when there is none.
 * @throws StorageError `foreign_owner`, or the errors of {@link readOwnFile}
 */
export function readSecretFile(file: SecretFile): Promise<OwnFile | undefined> {
  return readOwnFile({ ...refOf(file), inspect: inspectSecret(file) });
}

/**
 * Reads a file with secrets. Does not change or report its permissions.
 * @throws the errors of {@link readSecretFile}
 */
export function peekSecretFile(file: Omit<SecretFile, 'onNotice'>): Promise<OwnFile | undefined> {
  return readOwnFile({
    ...refOf(file),
    inspect: (_, stat) => requireOwner(file, file.self, stat),
  });
}

/**
 * Refuses to replace a file that {@link readSecretFile} refuses to read. Accepts damaged content.
 * @throws StorageError `symlink`, `not_a_file`, `too_large`, `foreign_owner`, or a code of
 *   {@link storageError}
 */
export async function requireReplaceable(file: Omit<SecretFile, 'onNotice'>): Promise<void> {
  const files = patientFiles(file.clock);
  const stat = await files.lstat(file.path, { bigint: true }).catch((error: unknown) => {
    if (NO_FOLDER.has(errno(error))) return undefined;
    throw storageError('replace', file, error);
  });
  if (!stat) return;
  requireRegular(file, stat);
  requireOwner(file, file.self, stat);
}

/** There is nothing to replace; that the folder cannot be made is told by the one who makes it. */
const NO_FOLDER: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

function refOf({ path, setting, clock }: Omit<SecretFile, 'onNotice'>) {
  return { path, setting, clock };
}

/** Refuses the file of another user, and removes the permissions of other users. */
export function inspectSecret(file: SecretFile): Inspect {
  return async (handle, stat) => {
    requireOwner(file, file.self, stat);
    if (file.keeps_mode !== true) await repairMode(file, handle, stat);
  };
}

async function repairMode(
  { path, self, onNotice }: SecretFile,
  handle: FileHandle,
  stat: BigIntStats,
): Promise<void> {
  const mode = looseMode(self, stat);
  if (mode === undefined) return;
  const left = await handle.chmod(0o600).then(
    // On some file systems, as DrvFs of WSL, chmod succeeds and has no effect.
    async () => looseMode(self, await handle.stat({ bigint: true })) && 'keeps no permissions',
    (error: unknown) => `does not let that be changed (${reasonOf(error)})`,
  );
  const message =
    left === undefined
      ? `${path} was open to other users (mode ${mode}); it is now 0600.`
      : `${path} is open to other users (mode ${mode}): its file system ${left}.`;
  onNotice({ code: left === undefined ? 'permissions_repaired' : 'permissions_loose', message });
}
