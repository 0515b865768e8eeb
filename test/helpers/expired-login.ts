import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Stores a login whose access token has expired. */
export async function storeExpiredLogin(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const login = {
    access_token: 'old',
    refresh_token: 'r1',
    token_type: 'Bearer',
    expiry_date: 1,
  };
  await writeFile(path, JSON.stringify(login), { mode: 0o600 });
}
