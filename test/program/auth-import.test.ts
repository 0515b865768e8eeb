import { existsSync } from 'node:fs';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { put } from '../helpers/signed-in-home.ts';

const login = (access_token: string, change = {}) => ({
  access_token,
  refresh_token: `refresh-of-${access_token}`,
  token_type: 'Bearer',
  resource_url: 'portal.qwen.ai',
  expiry_date: Date.now() + 3_600_000,
  a_field: 'of its own',
  ...change,
});

async function world(env: Record<string, string> = {}) {
  const home = await createHome(env);
  return {
    ...home,
    theirs: join(home.path, '.qwen/oauth_creds.json'),
    ours: async () => JSON.parse(await readFile(home.credentials, 'utf8')),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

test('auth import copies every field of the login of Qwen Code and explains what two copies mean', async () => {
  await using w = await world();
  await put(w.theirs, login('qwen-code'));
  const before = await readFile(w.theirs, 'utf8');
  const { code, stdout, stderr } = await w.run(['auth', 'import']);
  expect([code, stdout]).toEqual([0, `Imported the login at ${w.theirs} to ${w.credentials}.\n`]);
  expect(stderr).toContain('the first program\nto refresh its copy gets a new one');
  expect(stderr).toContain(`--credentials ${w.theirs}`);
  expect(stdout + stderr).not.toContain('refresh-of');
  expect(await w.ours()).toEqual(JSON.parse(before));
  expect((await stat(w.credentials)).mode & 0o777).toBe(0o600);
  expect(await readFile(w.theirs, 'utf8')).toBe(before);
});

test('auth import prints no warning for a login without a refresh token', async () => {
  await using w = await world();
  await put(w.theirs, login('qwen-code', { refresh_token: undefined }));
  expect(await w.run(['auth', 'import'])).toMatchObject({ code: 0, stderr: '' });
});

test('auth import reads the file in QWEN_HOME or the named file', async () => {
  await using w = await world();
  await put(join(w.path, 'elsewhere/oauth_creds.json'), login('elsewhere'));
  await put(join(w.path, 'named.json'), login('named'));
  const env = { QWEN_HOME: join(w.path, 'elsewhere') };
  expect(await w.run(['auth', 'import'], { env })).toMatchObject({ code: 0 });
  expect(await w.ours()).toMatchObject({ access_token: 'elsewhere' });
  expect(await w.run(['auth', 'import', 'named.json', '--force'])).toMatchObject({ code: 0 });
  expect(await w.ours()).toMatchObject({ access_token: 'named' });
});

test('auth import does not replace a usable login without --force', async () => {
  await using w = await world();
  await put(w.theirs, login('qwen-code'));
  await put(w.credentials, login('mine', { expiry_date: 1 }));
  expect(await w.run(['auth', 'import'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('--force'),
  });
  expect(await w.ours()).toMatchObject({ access_token: 'mine' });
  expect(await w.run(['auth', 'import', '--force'])).toMatchObject({ code: 0 });
  expect(await w.ours()).toMatchObject({ access_token: 'qwen-code' });
});

test.each([
  ['expired for good', JSON.stringify(login('mine', { expiry_date: 1, refresh_token: undefined }))],
  ['damaged', 'not JSON'],
])('auth import replaces a login that is %s', async (_, text) => {
  await using w = await world();
  await put(w.theirs, login('qwen-code'));
  await put(w.credentials, {});
  await writeFile(w.credentials, text);
  expect(await w.run(['auth', 'import'])).toMatchObject({ code: 0 });
  expect(await w.ours()).toMatchObject({ access_token: 'qwen-code' });
});

test('auth import --profile stores the login beside the one of the default profile', async () => {
  await using w = await world();
  await put(w.theirs, login('qwen-code'));
  await put(w.credentials, login('mine'));
  expect(await w.run(['auth', 'import', '--profile', 'qwen-code'])).toMatchObject({ code: 0 });
  expect(await w.ours()).toMatchObject({ access_token: 'mine' });
  const token = await w.run(['auth', 'token', '--profile', 'qwen-code']);
  expect(token).toMatchObject({ code: 0, stdout: 'qwen-code\n' });
});

test('auth import writes nothing and exits 3 without a file and 8 when the file holds no login', async () => {
  await using w = await world();
  expect(await w.run(['auth', 'import'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(w.theirs),
  });
  await put(w.theirs, { hello: 'world' });
  expect(await w.run(['auth', 'import'])).toMatchObject({ code: 8 });
  await symlink(w.theirs, join(w.path, 'link.json'));
  expect(await w.run(['auth', 'import', 'link.json'])).toMatchObject({
    code: 8,
    stderr: expect.stringContaining('symbolic link'),
  });
  expect(existsSync(w.credentials)).toBe(false);
});

test('auth import refuses the file of the login in use', async () => {
  await using w = await world();
  await put(w.credentials, login('mine'));
  expect(await w.run(['auth', 'import', w.credentials, '--force'])).toMatchObject({ code: 2 });
});
