import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import {
  createApiKeyEntry,
  createApiKeyFile,
} from '../../../src/core/credentials/api-key-store.ts';
import { StorageError } from '../../../src/core/errors.ts';
import { realRandom as random, temporaryFolder } from '../../helpers/real-world.ts';

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
      onNotice: ({ code }) => notices.push(code),
    }),
    path,
    folder: join(folder.path, 'deep'),
    notices,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('a key that was saved is loaded with its endpoint, and nothing else is left in the folder', async () => {
  await using one = await keyFile();
  expect(await one.load()).toBeUndefined();
  await one.save(KEY);
  await one.save({ ...KEY, api_key: 'sk-5678' });
  expect(await one.load()).toEqual({ ...KEY, api_key: 'sk-5678' });
  expect(await readdir(one.folder)).toEqual(['api_key.json']);
});

test('the file is for its owner only, and so is a folder that had to be made', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  expect((await lstat(one.path)).mode & 0o777).toBe(0o600);
  expect((await lstat(one.folder)).mode & 0o777).toBe(0o700);
});

test('permissions that let others read the key are repaired, and that is said', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  await chmod(one.path, 0o644);
  await one.load();
  expect((await lstat(one.path)).mode & 0o777).toBe(0o600);
  expect(one.notices).toEqual(['permissions_repaired']);
});

test('a link is neither read nor replaced', async () => {
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

test('the file of another user is refused', async () => {
  await using one = await keyFile({ getuid: () => 4711 });
  await writeFileIn(one.path, JSON.stringify(KEY));
  await expect(one.load()).rejects.toMatchObject({ code: 'foreign_owner' });
});

test.each(['', '{', '[]', '{"api_key": "a b", "endpoint": "x"}', '{"api_key": "a"}'])(
  'what is not a key is refused, and not repeated: %s',
  async (text) => {
    await using one = await keyFile();
    await writeFileIn(one.path, text);
    await expect(one.load()).rejects.toThrow(StorageError);
    await expect(one.load()).rejects.toThrow(`${one.path} does not hold an API key`);
  },
);

test('removing says whether there was one', async () => {
  await using one = await keyFile();
  await one.save(KEY);
  expect(await one.remove()).toBe(true);
  expect(await one.remove()).toBe(false);
});

test('an entry of a keyring holds the same', async () => {
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
