import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import type { Credentials } from '../../../src/core/credentials/credentials.ts';
import { createFileStore } from '../../../src/core/credentials/file-store.ts';
import type { CredentialStore } from '../../../src/core/credentials/store.ts';
import type { Notice } from '../../../src/core/credentials/store.ts';
import type { ThisProcess } from '../../../src/core/files/owner.ts';
import {
  realClock as clock,
  realRandom as random,
  temporaryFolder,
} from '../../helpers/real-world.ts';
import { stored } from '../../helpers/rotating-issuer.ts';

async function save(store: CredentialStore, credentials: Credentials): Promise<void> {
  const saving = await store.prepare();
  await saving.write(credentials);
  await saving.commit();
}

const silentStore = (path: string) =>
  createFileStore({ path, self: process, random, clock, onNotice: () => {} });

async function store(self: ThisProcess = process) {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'oauth_creds.json');
  const notices: Notice[] = [];
  const onNotice = (notice: Notice) => notices.push(notice);
  return {
    ...createFileStore({ path, self, random, clock, onNotice }),
    path,
    folder: folder.path,
    notices,
    mode: async (file = path) => ((await lstat(file)).mode & 0o777).toString(8),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('no file means no credentials', async () => {
  await using one = await store();
  expect(await one.load()).toBeUndefined();
});

test('saved credentials are loaded with unknown fields and have the format of Qwen Code', async () => {
  await using one = await store();
  const credentials: Credentials = { ...stored(), id_token: 'x', scopes: ['a'] };
  await save(one, credentials);
  expect(await one.load()).toEqual(credentials);
  expect(await readFile(one.path, 'utf8')).toMatch(/^\{\n {2}"access_token": "access-1",\n/);
});

test('the credentials file has mode 0600 and a new folder 0700', async () => {
  await using one = await store();
  const path = join(one.folder, 'new', 'folder', 'oauth_creds.json');
  const inner = silentStore(path);
  await save(inner, stored());
  expect(await one.mode(path)).toBe('600');
  expect(await one.mode(join(one.folder, 'new'))).toBe('700');
  expect(await one.mode(join(one.folder, 'new', 'folder'))).toBe('700');
});

test('a save leaves no other file in the folder', async () => {
  await using one = await store();
  await save(one, stored());
  await save(one, stored(2));
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
});

test.each([
  ['empty', '', 'is empty'],
  ['truncated', '{"access_token": "secret-tok', 'does not hold a JSON object'],
  ['not an object', '["secret-tok"]', 'does not hold a JSON object'],
  ['without access_token', '{"access_token":null}', 'has no access_token'],
  ['with a broken token', '{"access_token":"a\\nb"}', 'has an unusable access_token'],
])('a credentials file that is %s is an error with a hint', async (_, text, message) => {
  await using one = await store();
  await writeFile(one.path, text, { mode: 0o600 });
  const error = await one.load().catch((error: unknown) => error);
  expect(error).toMatchObject({ kind: 'storage', code: 'credentials_corrupt' });
  expect(error).toMatchObject({ message: `${one.path} ${message}` });
  expect((error as { hint: string }).hint).toContain('qwen-demo auth');
  expect(await readFile(one.path, 'utf8')).toBe(text);
});

test('a new login replaces a damaged credentials file', async () => {
  await using one = await store();
  await writeFile(one.path, '{');
  await save(one, stored());
  expect(await one.load()).toEqual(stored());
});

test('a symbolic link in place of the credentials is neither followed nor replaced', async () => {
  await using one = await store();
  const target = join(one.folder, 'target.json');
  await writeFile(target, JSON.stringify(stored()), { mode: 0o600 });
  await symlink(target, one.path);
  await expect(one.load()).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
  await expect(save(one, stored(2))).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
  expect(JSON.parse(await readFile(target, 'utf8'))).toEqual(stored());
});

test('a folder in place of the credentials is neither read nor replaced', async () => {
  await using one = await store();
  await mkdir(one.path);
  await expect(one.load()).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
  await expect(save(one, stored())).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
});

test('a FIFO in place of the credentials is refused at once', async () => {
  await using one = await store();
  execFileSync('mkfifo', [one.path]);
  await expect(one.load()).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
  await expect(save(one, stored())).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
});

test("another user's credentials file is refused", async () => {
  await using one = await store({ ...fakeSelf, getuid: () => (process.getuid?.() ?? 0) + 1 });
  await writeFile(one.path, JSON.stringify(stored()), { mode: 0o600 });
  await expect(one.load()).rejects.toMatchObject({ kind: 'storage', code: 'foreign_owner' });
  await expect(save(one, stored())).rejects.toMatchObject({ code: 'foreign_owner' });
});

const fakeSelf = {
  pid: process.pid,
  platform: process.platform,
  kill: (pid: number, signal: 0) => process.kill(pid, signal),
};

test('credentials that other users can read get mode 0600, with a notice', async () => {
  await using one = await store();
  await writeFile(one.path, JSON.stringify(stored()));
  await chmod(one.path, 0o644);
  expect(await one.load()).toEqual(stored());
  expect(await one.mode()).toBe('600');
  expect(one.notices).toEqual([
    {
      code: 'permissions_repaired',
      message: `${one.path} was open to other users (mode 0644); it is now 0600.`,
    },
  ]);
  await one.load();
  expect(one.notices).toHaveLength(1);
});

test('a file in place of the folder is an error that names it', async () => {
  await using one = await store();
  await writeFile(join(one.folder, 'file'), '');
  const path = join(one.folder, 'file', 'oauth_creds.json');
  const inner = silentStore(path);
  await expect(inner.load()).rejects.toMatchObject({ kind: 'storage', code: 'no_folder' });
  await expect(save(inner, stored())).rejects.toMatchObject({ kind: 'storage' });
});

test('a full disk leaves the old credentials and no temporary file', async (context) => {
  await using one = await store();
  const disk = join(one.folder, 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return context.skip('needs the right to mount');
  }
  try {
    const path = join(disk, 'oauth_creds.json');
    const small = silentStore(path);
    await save(small, stored());
    await expect(save(small, stored(2))).rejects.toMatchObject({ code: 'disk_full' });
    expect(await small.load()).toEqual(stored());
    expect(await readdir(disk)).toEqual(['oauth_creds.json']);
  } finally {
    execFileSync('umount', [disk]);
  }
});

/** Saves as a process does that dies before the last step. */
async function dieSaving(store: CredentialStore, credentials: Credentials): Promise<void> {
  await (await store.prepare()).write(credentials);
}

test('remove deletes the file and the temporary files beside it', async () => {
  await using one = await store();
  await save(one, stored());
  await dieSaving(one, stored(2));
  expect(await readdir(one.folder)).toHaveLength(2);
  expect(await one.remove()).toBe(true);
  expect(await readdir(one.folder)).toEqual([]);
  expect(await one.remove()).toBe(false);
});

test.each([
  ['of today', Date.now() / 1000],
  ['of tomorrow, because the clock was ahead', Date.now() / 1000 + 86_400],
])('recover completes the save of a file %s if its temporary file is complete', async (_, time) => {
  await using one = await store();
  await save(one, stored());
  await utimes(one.path, time, time);
  const incomplete = await one.prepare();
  await dieSaving(one, stored(2));
  expect(await one.recover?.()).toBe(true);
  expect(await one.load()).toEqual(stored(2));
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json']);
  expect(one.notices).toMatchObject([{ code: 'save_completed' }]);
  await incomplete.discard();
});

test('recover deletes a temporary file that was to replace another text', async () => {
  await using one = await store();
  await save(one, stored());
  await dieSaving(one, stored(2));
  await writeFile(one.path, JSON.stringify(stored(7)));
  expect(await one.recover?.()).toBe(false);
  expect(await one.load()).toEqual(stored(7));
  await dieSaving(one, stored(8));
  await rm(one.path);
  expect(await one.recover?.()).toBe(false);
  expect(await readdir(one.folder)).toEqual([]);
});

test('recover leaves the temporary files of Qwen Code', async () => {
  await using one = await store();
  await save(one, stored());
  const theirs = 'oauth_creds.json.0123456789ab.tmp';
  await writeFile(join(one.folder, theirs), JSON.stringify(stored(2)), { mode: 0o600 });
  expect(await one.recover?.()).toBe(false);
  expect(await readdir(one.folder)).toEqual(['oauth_creds.json', theirs]);
});

test.each([
  ['expiry_date', null],
  ['expiry_date', undefined],
  ['expiry_date', 'soon'],
])('credentials whose %s is %j have expired', async (field, value) => {
  await using one = await store();
  await writeFile(one.path, JSON.stringify({ ...stored(), [field]: value }), { mode: 0o600 });
  expect(await one.load()).toEqual(stored());
});
