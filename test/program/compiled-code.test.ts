import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NOBODY, root } from '../helpers/expired-login-home.ts';
import { createHome, type Home, MAIN } from '../helpers/program.ts';

const RUN = ['config', 'list'];
/** Whether this is root, and another user can run Node and the program where they lie. */
const nobodyCanRun = spawnSync(process.execPath, [MAIN, '--version'], { uid: NOBODY }).status === 0;

/** A home in which the programs keep their code, as outside of the tests. */
const keepingHome = () => createHome({ XDG_CACHE_HOME: '' });

/** The folder of the one build that ran. */
async function folderOf(home: Home): Promise<string> {
  const parent = join(home.path, '.cache/qwen-demo/node');
  const [build = '', ...others] = await readdir(parent);
  expect(others).toEqual([]);
  return join(parent, build);
}

/** Runs twice: the first run makes the folder, the second one keeps its code. */
async function keepCode(home: Home): Promise<string> {
  await home.run(RUN);
  await home.run(RUN);
  return join(await folderOf(home), 'config');
}

test('the first run only makes the folder, the second keeps its code, the third uses it', async () => {
  await using home = await keepingHome();
  const first = await home.run(RUN);
  const folder = await folderOf(home);
  expect(await readdir(folder)).toEqual([]);
  expect(await home.run(RUN)).toEqual(first);
  expect(await readdir(folder)).toEqual(['config']);
  const kept = await stat(join(folder, 'config'));
  expect([kept.mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(await home.run(RUN)).toEqual(first);
  expect((await stat(join(folder, 'config'))).ino).toBe(kept.ino);
});

test('a chat with kept code prints what it prints without', async () => {
  await using home = await keepingHome();
  const chat = ['sandbox', '--', 'chat', '-p', 'hi', '-s'];
  const results = [await home.run(chat), await home.run(chat), await home.run(chat)];
  expect(new Set(results.map(({ code, stdout }) => `${code} ${stdout}`)).size).toBe(1);
  expect(results[0]?.code).toBe(0);
});

test('a command that sets flags of V8 while it runs keeps nothing', async () => {
  await using home = await keepingHome();
  await home.run(RUN);
  const preload = join(home.path, 'preload.cjs');
  await writeFile(preload, "setImmediate(() => require('v8').setFlagsFromString('--gc-global'));");
  await home.run(RUN, { env: { NODE_OPTIONS: `--require ${preload}` } });
  expect(await readdir(await folderOf(home))).toEqual([]);
});

test('help for a command keeps nothing', async () => {
  await using home = await keepingHome();
  await home.run(RUN);
  expect((await home.run(['config', '--help'])).code).toBe(0);
  expect(await readdir(await folderOf(home))).toEqual([]);
});

test('a command that fails keeps nothing', async () => {
  await using home = await keepingHome();
  await home.run(RUN);
  expect((await home.run(['config', 'get', 'nothing'])).code).toBe(2);
  expect(await readdir(await folderOf(home))).toEqual([]);
});

test('kept code that is damaged is compiled and kept again', async () => {
  await using home = await keepingHome();
  const path = await keepCode(home);
  const kept = await readFile(path);
  const half = kept.length / 2;
  const start = kept.indexOf('\n') + 1;
  const foreign = Buffer.concat([kept.subarray(0, start), Buffer.alloc(half - start, 7)]);
  const flipped = Buffer.from(kept);
  flipped[half - 100] = (flipped[half - 100] ?? 0) ^ 1;
  const damages = {
    empty: Buffer.alloc(0),
    'no JSON': Buffer.from('nothing\n'),
    'no line': kept.subarray(0, 20),
    'cut off': kept.subarray(0, half),
    'with one other bit': flipped,
    'of another V8': Buffer.concat([foreign, foreign]),
  };
  for (const [damage, bytes] of Object.entries(damages)) {
    await writeFile(path, bytes);
    expect((await home.run(RUN)).code, damage).toBe(0);
    expect((await readFile(path)).length, damage).toBeGreaterThan(kept.length * 0.9);
  }
});

test.skipIf(process.platform === 'win32')('nothing but a file is read as kept code', async () => {
  await using home = await keepingHome();
  const path = await keepCode(home);
  await rm(path);
  await symlink('/dev/zero', path);
  expect((await home.run(RUN)).code).toBe(0);
  expect((await lstat(path)).isFile()).toBe(true);
  await rm(path);
  spawnSync('mkfifo', [path]);
  expect((await home.run(RUN)).code).toBe(0);
  expect((await lstat(path)).isFile()).toBe(true);
});

test.runIf(nobodyCanRun)('a folder that is closed later ends no run', async () => {
  await using home = await keepingHome();
  await chown(home.path, NOBODY, NOBODY);
  await home.run(RUN, { uid: NOBODY });
  await chmod(await folderOf(home), 0);
  expect(await home.run(['version'], { uid: NOBODY })).toMatchObject({ code: 0, stderr: '' });
});

test.each([
  ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'here' }],
  ['NODE_DISABLE_COMPILE_CACHE', { NODE_DISABLE_COMPILE_CACHE: '1' }],
  ['an empty HOME', { HOME: '', XDG_CACHE_HOME: '' }],
  ['a cache folder in which nothing can be made', { XDG_CACHE_HOME: '/proc' }],
])('nothing is kept with %s', async (_, env) => {
  await using home = await keepingHome();
  await home.run(RUN, { env });
  const names = await readdir(home.path);
  expect(names.filter((name) => name === 'here' || name === '.cache')).toEqual([]);
});

test('a file in the place of the cache folder does not matter', async () => {
  await using home = await keepingHome();
  await writeFile(join(home.path, '.cache'), '');
  expect((await home.run(RUN)).code).toBe(0);
});

test.each([
  ['HOME is a file', { HOME: '/dev/null' }],
  ['XDG_CACHE_HOME is a file', { XDG_CACHE_HOME: '/etc/passwd' }],
])('the program runs when %s', async (_, env) => {
  await using home = await keepingHome();
  expect(await home.run(['version'], { env })).toMatchObject({ code: 0, stderr: '' });
});

test.runIf(nobodyCanRun)('the program runs with a HOME it cannot look into', async () => {
  await using home = await keepingHome();
  await chmod(home.path, 0o755);
  await mkdir(join(home.path, 'closed'), { mode: 0o700 });
  const env = { HOME: join(home.path, 'closed') };
  expect(await home.run(['version'], { env, uid: NOBODY })).toMatchObject({ code: 0, stderr: '' });
});

test.runIf(root)('nothing is made in the HOME of another user', async () => {
  await using home = await keepingHome();
  await chown(home.path, NOBODY, NOBODY);
  expect((await home.run(RUN)).code).toBe(0);
  expect(await readdir(home.path)).not.toContain('.cache');
});

test('a folder to which others can write is not used', async () => {
  await using home = await keepingHome();
  const path = await keepCode(home);
  await writeFile(path, 'planted\n');
  await chmod(join(home.path, '.cache/qwen-demo'), 0o775);
  expect((await home.run(RUN)).code).toBe(0);
  expect(String(await readFile(path))).toBe('planted\n');
});

test('a cache folder that is a symbolic link is followed', async () => {
  await using home = await keepingHome();
  await mkdir(join(home.path, 'disk'));
  await symlink('disk', join(home.path, '.cache'));
  expect(existsSync(await keepCode(home))).toBe(true);
});

test.runIf(root)('a folder of another user is not used', async () => {
  await using home = await keepingHome();
  const path = await keepCode(home);
  await writeFile(path, 'planted\n');
  await chown(join(home.path, '.cache/qwen-demo'), 4321, 4321);
  expect((await home.run(RUN)).code).toBe(0);
  expect(String(await readFile(path))).toBe('planted\n');
  await chown(join(home.path, '.cache/qwen-demo'), 0, 0);
  await home.run(RUN);
  expect(String(await readFile(path))).not.toBe('planted\n');
});

test('code of a build that ran last more than 30 days ago is deleted, newer code stays', async () => {
  await using home = await keepingHome();
  const parent = join(home.path, '.cache/qwen-demo/node');
  const day = 24 * 60 * 60;
  for (const [name, days] of [
    ['old', 31],
    ['new', 29],
  ] as const) {
    await mkdir(join(parent, name), { recursive: true });
    await writeFile(join(parent, name, 'chat'), '');
    const time = Date.now() / 1000 - days * day;
    await utimes(join(parent, name), time, time);
  }
  await home.run(RUN);
  expect((await readdir(parent)).filter((name) => /^(old|new)$/.test(name))).toEqual(['new']);
});
