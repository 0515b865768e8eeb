import { looseMode, refuseForeign } from '../files/own-file.ts';
import type { ThisProcess } from './owner.ts';
import { readRegularFile } from '../files/regular-file.ts';

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
  path: string,
  self: ThisProcess,
): Promise<InspectedFile | undefined> {
  const file = await readRegularFile(path, async (_, stat) => refuseForeign(path, self, stat));
  if (!file) return undefined;
  const { text, stat } = file;
  const mode = Number(stat.mode & 0o777n)
    .toString(8)
    .padStart(4, '0');
  return { text, mode, loose: looseMode(self, stat) !== undefined };
}
