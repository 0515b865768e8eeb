import { readdir, writeFile } from 'node:fs/promises';
import * as module from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';

/** From Node 22 on. */
const keeps = 'enableCompileCache' in module;
const RUN = ['config', 'list'];

test('compiled code is kept in the cache folder of the user, where Node can do that', async () => {
  await using home = await createHome();
  const { code } = await home.run(RUN);
  const kept = await readdir(join(home.path, '.cache/qwen-demo/node')).catch(() => []);
  expect([code, kept.length]).toEqual([0, keeps ? 1 : 0]);
});

test.each([
  ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'here' }],
  ['NODE_DISABLE_COMPILE_CACHE', { NODE_DISABLE_COMPILE_CACHE: '1' }],
  ['an empty HOME', { HOME: '', XDG_CACHE_HOME: '' }],
  ['a cache folder in which nothing can be made', { XDG_CACHE_HOME: '/proc' }],
])('nothing is kept with %s', async (_, env) => {
  await using home = await createHome();
  await home.run(RUN, { env });
  const names = await readdir(home.path);
  expect(names.filter((name) => name === 'here' || name === '.cache')).toEqual([]);
});

test('a file in the place of the cache folder does not matter', async () => {
  await using home = await createHome();
  await writeFile(join(home.path, '.cache'), '');
  expect((await home.run(RUN)).code).toBe(0);
});
