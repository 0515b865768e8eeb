import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const dist = new URL('../../dist/', import.meta.url);
const notices = await readFile(new URL('THIRD-PARTY-NOTICES.txt', dist), 'utf8');
/** A line with name, version and licence. */
const named = [...notices.matchAll(/^(\S+) (\d+\.\S+) \(([\w.-]+)\)$/gm)];
const inOneLine = (text: string) => text.trim().replaceAll(/\s+/g, ' ');

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

test('the notices hold each paragraph of the licence of each bundled package', async () => {
  const whole = inOneLine(notices);
  for (const [, name] of named) {
    const folder = new URL(`../../node_modules/${name}/`, import.meta.url);
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each)) ?? '';
    const paragraphs = (await readFile(new URL(file, folder), 'utf8')).split(/\n\s*\n/);
    for (const paragraph of paragraphs.map(inOneLine)) {
      const isTitle = /^(The )?MIT License( \(MIT\))?$/i.test(paragraph);
      if (!isTitle) expect(whole, name).toContain(paragraph);
    }
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
