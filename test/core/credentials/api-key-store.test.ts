import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import {
  createApiKeyEntry,
  createApiKeyFile,
} from '../../../src/core/credentials/api-key-store.ts';
import { StorageError } from '../../../src/core/errors.ts';
import { realClock, realRandom as random, temporaryFolder } from '../../helpers/real-world.ts';

const KEY = { api_key: 'sk-1234', endpoint: 'https://api.example.com/v1' };

async function keyFile(self: typeof process | { getuid(): number } = process) {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'deep', 'api_key.json');
  const notices: string[] = [];
  return {
    ...createApiKeyFile({
      path,
      self: { ...process, platform: 'linux', getuid: () => process.getuid?.() ?? 0, ...self },
      random,
      clock: realClock,
      onNotice: ({ code }) => notices.push(code),
    }),
    path,
    folder: join(folder.path, 'deep'),
    notices,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('a saved API key is loaded with its endpoint, and no other file is left in the folder', async () => {
  await using one = await keyFile();
  expect(await one.load()).toBeUndefined();
  await one.save(KEY);
  await one.save({ ...KEY, api_key: 'sk-5678' });
  expect(await one.load()).toEqual({ ...KEY, api_key: 'sk-5678' });
  expect(await readdir(one.folder)).toEqual(['api_key.json']);
});

test('the file of an API key has mode 0600 and a new folder 0700', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  expect((await lstat(one.path)).mode & 0o777).toBe(0o600);
  expect((await lstat(one.folder)).mode & 0o777).toBe(0o700);
});

test('permissions that let others read the API key are repaired with a notice', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  await chmod(one.path, 0o644);
  await one.load();
  expect((await lstat(one.path)).mode & 0o777).toBe(0o600);
  expect(one.notices).toEqual(['permissions_repaired']);
});

test('a symbolic link in place of the API key is neither read nor replaced', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  const other = join(one.folder, 'other.json');
  await writeFile(other, JSON.stringify(KEY));
  await one.remove();
  await symlink(other, one.path);
  await expect(one.load()).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
  await expect(one.save({ ...KEY, api_key: 'x' })).rejects.toMatchObject({ code: 'symlink' });
  expect(JSON.parse(await readFile(other, 'utf8'))).toEqual(KEY);
});

test("another user's API key file is refused", async () => {
  await using one = await keyFile({ getuid: () => 4711 });
  await writeFileIn(one.path, JSON.stringify(KEY));
  await expect(one.load()).rejects.toMatchObject({ code: 'foreign_owner' });
});

test.each(['', '{', '[]', '{"api_key": "a b", "endpoint": "x"}', '{"api_key": "a"}'])(
  'a text that holds no API key is refused and not repeated in the error: %s',
  async (text) => {
    await using one = await keyFile();
    await writeFileIn(one.path, text);
    await expect(one.load()).rejects.toThrow(StorageError);
    await expect(one.load()).rejects.toThrow(`${one.path} does not hold an API key`);
  },
);

test('remove says whether there was an API key', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  expect(await one.remove()).toBe(true);
  expect(await one.remove()).toBe(false);
});

test('a keyring entry stores an API key with its endpoint', async () => {
  let kept: string | undefined;
  const store = createApiKeyEntry({
    location: 'the keyring',
    read: async () => kept,
    write: async (secret) => {
      kept = secret;
    },
    remove: async () => true,
  });
  expect(await store.load()).toBeUndefined();
  await store.save(KEY);
  expect(await store.load()).toEqual(KEY);
  kept = 'nonsense';
  await expect(store.load()).rejects.toThrow('the keyring does not hold an API key');
});

async function writeFileIn(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode: 0o600 });
}
