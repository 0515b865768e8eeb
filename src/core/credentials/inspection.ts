import { looseMode, modeOf } from '../files/own-file.ts';
import { peekSecretFile } from '../files/secret-file.ts';
import type { Place } from '../files/storage-error.ts';
import type { ThisProcess } from '../files/owner.ts';

/** A file with secrets as it lies there. */
export interface InspectedFile {
  text: string;
  /** Permissions in octal: `0600`. */
  mode: string;
  /** Whether they let other users in. */
  loose: boolean;
}

/**
 * Reads a file of the user's own and repairs nothing. Undefined when there is none.
 * @throws StorageError
 */
export async function inspectOwnFile(
  place: Place,
  self: ThisProcess,
): Promise<InspectedFile | undefined> {
  const file = await peekSecretFile({ ...place, self });
  if (!file) return undefined;
  const { text, stat } = file;
  return { text, mode: modeOf(stat), loose: looseMode(self, stat) !== undefined };
}
