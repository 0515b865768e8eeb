import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { createHome, MAIN } from '../helpers/program.ts';

/** The built program with another version in `process.versions`. */
async function run(node: string, args: string[]) {
  await using home = await createHome();
  const preload = join(home.path, 'version.cjs');
  const versions = `{ ...process.versions, node: '${node}' }`;
  await writeFile(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
  return await home.run(args, { env: { NODE_OPTIONS: `--require ${preload}` } });
}

const commands = [
  '--version',
  '--help',
  'auth',
  'chat -p hi',
  'list-models',
  'validate-models',
  'sandbox',
];

describe('the Node it runs on', () => {
  it.each(commands)(
    'is too old for %s: the program prints one line and exits 2',
    async (command) => {
      const { code, stdout, stderr } = await run('18.20.8', command.split(' '));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(
        /^error: qwen-demo needs Node 20\.19 or later, and this is Node 18\.20\.8\. [^\n]+\n$/,
      );
    },
  );

  it.each([
    ['16.20.2', 2],
    ['20.9.0', 2],
    ['20.18.3', 2],
    ['20.19.0', 0],
    ['21.0.0', 0],
    ['22.0.0', 0],
    ['100.0.0', 0],
  ])('%s: --version ends with %d', async (node, code) => {
    expect(await run(node, ['--version'])).toMatchObject({ code });
  });
});

it('Node 12 can read the entry and what the entry imports', async () => {
  const entry = await readFile(MAIN, 'utf8');
  const chunks = [...entry.matchAll(/^var .* = require\("(\.\/[^"]+)"\);$/gm)];
  const files = [MAIN, ...chunks.map(([, path = '']) => join(dirname(MAIN), path))];
  for (const file of files) {
    const source = await readFile(file, 'utf8');
    const options = { minifySyntax: false, legalComments: 'none' } as const;
    const [old, newest] = await Promise.all([
      transform(source, { ...options, target: 'node12' }),
      transform(source, { ...options, target: 'esnext' }),
    ]);
    // Whatever Node 12 cannot read would be rewritten.
    expect(old.code).toBe(newest.code);
  }
});
