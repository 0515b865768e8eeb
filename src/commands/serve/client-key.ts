import { UsageError } from '../../core/errors.ts';
import { VISIBLE_ASCII } from '../../core/http/message.ts';
import type { Context } from '../context.ts';
import { readRequiredFile } from '../validate-models/required-file.ts';

/** Characters of the shortest key of a file: nobody guesses it within the life of a program. */
const SHORTEST = 16;

/** The key that clients have to send. */
export interface ClientKey {
  key: string;
  /** The file that holds it; undefined for a key of this run. */
  file: string | undefined;
}

/**
 * A random key of 256 bits, or the one of `--client-key-file`.
 * @throws UsageError `no_file`, `invalid_client_key`, `readable_client_key`,
 * `foreign_client_key`; StorageError `file_not_read`
 */
export async function clientKey(context: Context, file: string | undefined): Promise<ClientKey> {
  if (file === undefined) {
    const random = Buffer.from(context.random.bytes(32)).toString('base64url');
    return { key: `sk-local-${random}`, file };
  }
  const key = (
    await readRequiredFile(file, context, { code: 'no_file', hint: howToWrite(file) })
  ).trim();
  await requirePrivate(file, context);
  if (key.length < SHORTEST || !VISIBLE_ASCII.test(key)) {
    throw new UsageError(`${file} holds no key: one line of ${SHORTEST} or more ASCII characters`, {
      code: 'invalid_client_key',
      hint: howToWrite(file),
    });
  }
  return { key, file };
}

/** Refuses a file that others on this machine can read or write. Windows has no such mode. */
async function requirePrivate(file: string, { platform, self }: Context): Promise<void> {
  if (platform.os === 'win32') return;
  const { stat } = await import('node:fs/promises');
  const { mode, uid } = await stat(file);
  if (uid !== (self.getuid?.() ?? uid)) {
    throw new UsageError(`${file} belongs to another user, who can change it`, {
      code: 'foreign_client_key',
      hint: howToWrite(file),
    });
  }
  if ((mode & 0o077) === 0) return;
  throw new UsageError(`Others on this machine can read ${file}`, {
    code: 'readable_client_key',
    hint: `Make it yours alone: chmod 600 ${file}`,
  });
}

function howToWrite(file: string): string {
  return `Write one: (umask 077; openssl rand -hex 32 > ${file})`;
}
