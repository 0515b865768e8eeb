import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);
const notices = await readFile(new URL('THIRD-PARTY-NOTICES.txt', dist), 'utf8');
const named = [...notices.matchAll(/^={80}\n(\S+) (\S+) \((.+)\)\n\n\S/gm)];

test('the notices name each bundled package once, with its version and the text of its licence', async () => {
  expect(named.length).toBeGreaterThan(40);
  const names = named.map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const [, name, version, license] of named) {
    const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
    const known = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    if (known.version === version) expect(license).toBe(known.license);
    expect(license).toMatch(/^(MIT|ISC|BSD-[23]-Clause|Apache-2\.0|MIT-0|BlueOak-1\.0\.0)$/);
  }
});

test('the notices name the packages that the built files are known to hold', () => {
  const names = named.map(([, name]) => name);
  for (const name of ['commander', 'undici', 'zod', 'chalk', 'ora', 'ajv', 'marked', 'p-limit']) {
    expect(names).toContain(name);
  }
  // Development packages alone are not in it.
  for (const name of ['vitest', 'tsup', 'esbuild', 'fast-check']) expect(names).not.toContain(name);
});

test('no file of the build is empty', async () => {
  for (const name of await readdir(dist)) {
    expect((await readFile(new URL(name, dist), 'utf8')).trim(), name).not.toBe('');
  }
});
