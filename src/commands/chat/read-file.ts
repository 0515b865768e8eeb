import { open, stat } from 'node:fs/promises';
import { UsageError } from '../../core/errors.ts';
import { reasonOf } from '../whole-file.ts';

/**
 * All bytes of a file that the user named, at most `cap`.
 * @throws UsageError when it cannot be read, is no file, or is larger
 */
export async function readBytes(path: string, cap: number): Promise<Buffer> {
  let bytes: Buffer;
  try {
    await refuseOddities(path);
    await using file = await open(path);
    bytes = await readUpTo(file.createReadStream({ end: cap, autoClose: false }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}`, {
      code: 'file_not_read',
      cause: error,
    });
  }
  if (bytes.length > cap) {
    throw new UsageError(`${path} is larger than ${megabytes(cap)}`, { code: 'file_too_large' });
  }
  return bytes;
}

/**
 * The text of a file.
 * @throws UsageError as `readBytes`, and when it is not text in UTF-8
 */
export async function readText(path: string, cap: number): Promise<string> {
  const bytes = await readBytes(path, cap);
  try {
    // A NUL is legal UTF-8 and in no text.
    if (!bytes.includes(0)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Refused below.
  }
  throw new UsageError(`${path} is not text in UTF-8`, {
    code: 'binary_file',
    hint: 'Only text can be put into a prompt; a picture goes with -i.',
  });
}

/** A pipe is read where the shell made it, as in `-f <(git diff)`; another may never be written to. */
async function refuseOddities(path: string): Promise<void> {
  const found = await stat(path);
  const odd = found.isDirectory()
    ? 'a folder'
    : found.isFIFO() && !/^\/(dev|proc)\//.test(path)
      ? 'a named pipe'
      : undefined;
  if (odd === undefined) return;
  throw new UsageError(`${path} is ${odd}, not a file`, { code: 'not_a_file' });
}

async function readUpTo(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function megabytes(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toFixed(1))} MiB`;
}
