import { PassThrough } from 'node:stream';
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/commands/config-file.ts';
import { updateProfile } from '../../src/commands/change-config.ts';
import type { Context } from '../../src/commands/context.ts';
import { StorageError, UsageError } from '../../src/core/errors.ts';
import { realClock, realRandom, temporaryFolder } from '../helpers/real-world.ts';

async function home(text?: string) {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'config.json');
  if (text !== undefined) await writeFile(path, text, { mode: 0o600 });
  const context = {
    env: { QWEN_DEMO_HOME: folder.path },
    self: process,
    clock: realClock,
    random: realRandom,
    signal: new AbortController().signal,
    terminal: { stderr: new PassThrough(), env: {} },
  } as unknown as Context;
  return {
    context,
    folder: folder.path,
    path,
    read: () => readConfig(context),
    text: () => readFile(path, 'utf8'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('without config.json nothing is configured', async () => {
  await using one = await home();
  expect(await one.read()).toEqual({});
});

test('config.json may begin with a byte order mark', async () => {
  await using one = await home('\uFEFF{"profiles": {"work": {}}}');
  expect(await one.read()).toEqual({ profiles: { work: {} } });
});

test('config.json may be a symbolic link, which is read and not written through', async () => {
  await using one = await home();
  const real = join(one.folder, 'dotfiles.json');
  const text = '{"profiles": {"work": {"model": "m"}}}';
  await writeFile(real, text);
  await symlink(real, one.path);
  expect(await one.read()).toEqual({ profiles: { work: { model: 'm' } } });
  const change = updateProfile(one.context, 'work', { auth: 'oauth' });
  await expect(change).rejects.toMatchObject({ code: 'symlink' });
  expect((await lstat(one.path)).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toBe(text);
});

test('a folder or a FIFO in the place of config.json is refused at once', async () => {
  await using one = await home();
  await mkdir(one.path);
  await expect(one.read()).rejects.toThrow(StorageError);
  await using other = await home();
  execFileSync('mkfifo', [other.path]);
  await expect(other.read()).rejects.toThrow(/is not a regular file/);
});

test('a config.json that every user can change is refused, because it says where tokens go', async () => {
  await using one = await home('{}');
  await chmod(one.path, 0o666);
  await expect(one.read()).rejects.toThrow(/can be changed by every user/);
});

test('a change of config.json keeps everything else and its order', async () => {
  await using one = await home(
    '{"profiles":{"z":{"model":"m","auth":"oauth"},"a":{"timeout":3}},"$schema":"s"}',
  );
  await updateProfile(one.context, 'z', { auth: 'api-key', base_url: 'u' });
  expect(await one.text()).toBe(
    `${JSON.stringify(
      {
        profiles: { z: { model: 'm', auth: 'api-key', base_url: 'u' }, a: { timeout: 3 } },
        $schema: 's',
      },
      null,
      2,
    )}\n`,
  );
});

test('the value undefined removes a key from config.json', async () => {
  await using one = await home('{"profiles":{"a":{"model":"m","plan":"coding"}}}');
  await updateProfile(one.context, 'a', { plan: undefined });
  expect(await one.read()).toEqual({ profiles: { a: { model: 'm' } } });
});

test('only its owner may read a new config.json and its folder', async () => {
  await using one = await home();
  const env = { QWEN_DEMO_HOME: join(one.folder, 'deep', 'er') };
  await updateProfile({ ...one.context, env }, 'work', { auth: 'oauth' });
  expect((await lstat(env.QWEN_DEMO_HOME)).mode & 0o777).toBe(0o700);
  expect((await lstat(join(env.QWEN_DEMO_HOME, 'config.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(env.QWEN_DEMO_HOME)).toEqual(['config.json']);
});

test('a damaged config.json is not replaced', async () => {
  await using one = await home('{"profiles":');
  await expect(updateProfile(one.context, 'work', {})).rejects.toThrow(UsageError);
  expect(await one.text()).toBe('{"profiles":');
});

test('concurrent changes of config.json are all kept', async () => {
  await using one = await home();
  const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
  await Promise.all(names.map((name) => updateProfile(one.context, name, { model: name })));
  expect(Object.keys((await one.read()).profiles ?? {}).toSorted()).toEqual(names);
});
