import { UsageError } from '../../core/errors.ts';
import { findUserText, type ReadOptions } from '../../core/files/user-file.ts';

/** The error for a file that does not exist. */
interface MissingFile {
  message?: string;
  code: string;
  hint?: string;
}

/**
 * The text of a file that a flag names.
 * @throws UsageError with the code of `missing` when there is no such file; the errors of
 *   {@link findUserText}
 */
export async function readRequiredFile(
  path: string,
  options: ReadOptions,
  { message = `There is no file ${path}`, ...details }: MissingFile,
): Promise<string> {
  const text = await findUserText(path, options);
  if (text !== undefined) return text;
  throw new UsageError(message, details);
}
