import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type PendingLogin,
  pendingLoginFile,
} from '../../../src/core/credentials/pending-login.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';

const begun: PendingLogin = {
  server: {
    issuer: 'https://login.example.com',
    device_authorization_endpoint: 'https://login.example.com/device',
    token_endpoint: 'https://login.example.com/token',
  },
  client_id: 'client',
  path: '/home/somebody/oauth_creds.json',
  store: 'file',
  named: { issuer: 'https://login.example.com' },
  device: {
    device_code: 'device-code',
    user_code: 'ABCD-EFGH',
    verification_uri: 'https://login.example.com/activate',
    expires_at: 1_800_000_000_000,
    interval: 5,
    code_verifier: 'v'.repeat(43),
  },
};

async function place() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'new', 'pending_login.json');
  return {
    ...folder,
    folder: folder.path,
    path,
    file: pendingLoginFile(path, { clock: realClock, random: realRandom, self: process }),
  };
}

test('a pending login is loaded as it was saved, from a file of mode 0600', async () => {
  await using p = await place();
  expect(await p.file.load()).toBeUndefined();
  await p.file.save(begun);
  await p.file.save({ ...begun, client_id: 'another' });
  expect(await p.file.load()).toEqual({ ...begun, client_id: 'another' });
  expect((await stat(p.path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(p.folder, 'new'))).toEqual(['pending_login.json']);
});

test('a pending login can be removed twice', async () => {
  await using p = await place();
  await p.file.save(begun);
  await p.file.remove();
  await p.file.remove();
  expect(await p.file.load()).toBeUndefined();
});

test.each(['', 'not JSON', '{}', JSON.stringify({ ...begun, device: {} })])(
  'a text that holds no pending login is an error: %j',
  async (text) => {
    await using p = await place();
    await mkdir(join(p.folder, 'new'));
    await writeFile(p.path, text);
    await expect(p.file.load()).rejects.toMatchObject({
      kind: 'storage',
      code: 'pending_login_corrupt',
    });
    expect(await readFile(p.path, 'utf8')).toBe(text);
  },
);

test('a symbolic link in place of a pending login is not followed', async () => {
  await using p = await place();
  await mkdir(join(p.folder, 'new'));
  await writeFile(join(p.folder, 'real'), JSON.stringify(begun));
  await symlink(join(p.folder, 'real'), p.path);
  await expect(p.file.load()).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
});
