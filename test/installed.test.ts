import { execFile } from 'node:child_process';
import { cp, mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from './helpers/real-world.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('a script says what to do on an old Node or without the development packages', async () => {
  await using folder = await temporaryFolder();
  const at = (path: string) => join(folder.path, 'Mein Ordner 你好 é', path);
  await mkdir(at('test'), { recursive: true });
  await cp(join(root, 'test/installed.mjs'), at('test/installed.mjs'));
  const script = () =>
    new Promise<{ failed: boolean; stderr: string }>((resolve) => {
      execFile(process.execPath, [at('test/installed.mjs')], (error, _, stderr) =>
        resolve({ failed: error !== null, stderr }),
      );
    });
  const devDependencies = { tsup: '^8.5.1', vitest: '^4.1.12' };
  const engines = { node: '>=20.19' };
  await writeFile(at('package.json'), JSON.stringify({ devDependencies, engines }));
  await mkdir(at('node_modules/tsup'), { recursive: true });
  await writeFile(at('node_modules/tsup/package.json'), '{}');
  expect(await script()).toEqual({
    failed: true,
    stderr:
      'error: npm did not install 1 of the development packages: vitest\n' +
      '  Run: npm ci --include=dev\n',
  });
  await mkdir(at('node_modules/vitest'), { recursive: true });
  await writeFile(at('node_modules/vitest/package.json'), '{}');
  expect(await script()).toEqual({ failed: false, stderr: '' });
  await writeFile(
    at('package.json'),
    JSON.stringify({ devDependencies, engines: { node: '>=1000.2' } }),
  );
  expect(await script()).toEqual({
    failed: true,
    stderr: expect.stringMatching(/^error: the scripts need Node 1000\.2 or later, [^\n]+\n  Get /),
  });
});

test('the demo builds unless the program is newer than every file and folder that it is made of', async () => {
  await using folder = await temporaryFolder();
  const at = (path: string) => join(folder.path, 'Mein Ordner 你好 é', path);
  const made_of = ['package.json', 'package-lock.json', 'tsup.config.ts', 'schemas/a', 'src/a/b'];
  const all = [...made_of, 'node_modules/tsx/package.json', 'dist/main.cjs'];
  for (const name of all) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), '');
  }
  await cp(join(root, 'test/built.mjs'), at('test/built.mjs'));
  const isBuilt = () =>
    new Promise((resolve) => {
      execFile(process.execPath, [at('test/built.mjs')], (error, stdout, stderr) => {
        expect(stdout + stderr).toBe('');
        resolve(error === null);
      });
    });
  const later = new Date(Date.now() + 60_000);
  await utimes(at('dist/main.cjs'), later, later);
  expect(await isBuilt()).toBe(true);
  for (const name of ['src/a/b', 'src/a', 'package-lock.json']) {
    const { atime, mtime } = await stat(at(name));
    await utimes(at(name), later, later);
    expect(await isBuilt()).toBe(false);
    await utimes(at(name), atime, mtime);
    expect(await isBuilt()).toBe(true);
  }
  await rm(at('node_modules/tsx'), { recursive: true });
  expect(await isBuilt()).toBe(false);
});
