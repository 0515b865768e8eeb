import { execFile } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** Lints a tree of `path: source` with the repository's own rules; the rules reported, by path. */
async function lint(tree: Record<string, string>): Promise<Map<string, string[]>> {
  const root = await mkdtemp(join(tmpdir(), 'architecture-'));
  try {
    for (const name of ['oxlint.config.ts', 'tsconfig.json']) {
      await copyFile(join(repository, name), join(root, name));
    }
    await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
    for (const [path, source] of Object.entries(tree)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), source);
    }
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    const report = await new Promise<string>((resolve) => {
      const options = { cwd: root, maxBuffer: 2 ** 24 };
      execFile(
        process.execPath,
        // Node 20 does not read a configuration in TypeScript by itself.
        ['--import', 'tsx', oxlint, '-f', 'json', ...Object.keys(tree)],
        options,
        (_, stdout) => resolve(stdout),
      );
    });
    const found = new Map<string, string[]>();
    for (const { filename, code } of JSON.parse(report).diagnostics) {
      found.set(filename, [...(found.get(filename) ?? []), code]);
    }
    return found;
  } finally {
    await rm(root, { recursive: true });
  }
}

/** What is written, in which folder; `reported` is the rule that must object, if any. */
interface Case {
  title: string;
  folder: string;
  source: string;
  reported?: string;
}

const imports = 'eslint(no-restricted-imports)';
const globals = 'eslint(no-restricted-globals)';
const properties = 'eslint(no-restricted-properties)';

const may = (folder: string, specifier: string): Case => ({
  title: `${folder} may import ${specifier}`,
  folder,
  source: `export { x } from '${specifier}';`,
});

const mustNot = (folder: string, specifier: string): Case => ({
  ...may(folder, specifier),
  title: `${folder} does not import ${specifier}`,
  reported: imports,
});

const folders: Case[] = [
  may('src', './commands/chat.ts'),
  may('src', './terminal/report-error.ts'),
  mustNot('src', '../test/helpers/loopback.ts'),
  may('src/commands', '../core/errors.ts'),
  may('src/commands', '../terminal/terminal.ts'),
  may('src/commands', '../reporters/table.ts'),
  may('src/commands', '../sandbox/server.ts'),
  mustNot('src/commands', '../main.ts'),
  mustNot('src/commands', '../cli.ts'),
  mustNot('src/commands', '../../test/helpers/loopback.ts'),
  mustNot('src/commands/auth', '../../cli.ts'),
  mustNot('src/terminal', '../core/errors.ts'),
  mustNot('src/terminal', '../commands/context.ts'),
  mustNot('src/terminal', '../reporters/table.ts'),
  mustNot('src/terminal', '../sandbox/server.ts'),
  may('src/reporters', '../terminal/sanitize.ts'),
  mustNot('src/reporters', '../core/errors.ts'),
  mustNot('src/reporters', '../commands/context.ts'),
  may('src/sandbox', '../core/errors.ts'),
  may('src/sandbox', '../core/ports.ts'),
  mustNot('src/sandbox', '../core/oauth/token.ts'),
  mustNot('src/sandbox', '../core/chat/answer.ts'),
  mustNot('src/sandbox', '../terminal/terminal.ts'),
  mustNot('src/sandbox', '../commands/context.ts'),
  ...['terminal', 'reporters'].map((folder) => ({
    title: `src/${folder} may import types of core`,
    folder: `src/${folder}`,
    source: `export type { X } from '../core/errors.ts';`,
  })),
];

/** The folders of core, from the top down. */
const layers = [
  'validation',
  'conversation',
  'models',
  'chat',
  'api',
  'credentials',
  'oauth',
  'settings',
  'http',
  'qwen',
  'files',
];

const core: Case[] = layers.flatMap((layer, depth) => [
  mustNot('src/core', `./${layer}/a.ts`),
  mustNot('src/core/unlisted', `../${layer}/a.ts`),
  ...layers.slice(depth + 1).map((lower) => may(`src/core/${layer}`, `../${lower}/a.ts`)),
  ...layers.slice(0, depth).map((higher) => mustNot(`src/core/${layer}`, `../${higher}/a.ts`)),
  may(`src/core/${layer}`, '../errors.ts'),
  mustNot(`src/core/${layer}`, '../../cli.ts'),
  mustNot(`src/core/${layer}`, '../../commands/context.ts'),
  mustNot(`src/core/${layer}`, '../../terminal/terminal.ts'),
  mustNot(`src/core/${layer}`, '../../reporters/table.ts'),
  mustNot(`src/core/${layer}`, '../../sandbox/server.ts'),
  mustNot(`src/core/${layer}`, 'chalk'),
]);

const noisy = ['process', 'child_process', 'readline', 'readline/promises', 'timers', 'tty'];

const packages: Case[] = [
  ...noisy.map((name) => mustNot('src/core', `node:${name}`)),
  ...['chalk', 'ora', 'commander', 'open'].map((name) => mustNot('src/core', name)),
  ...['zod/mini', 'undici/lib/api/api-request.js', 'node:crypto', 'node:fs/promises'].map((name) =>
    may('src/core/http', name),
  ),
  {
    title: 'an import at run time counts as well',
    folder: 'src/core/oauth',
    source: `export const later = () => import('open');`,
    reported: imports,
  },
];

const uses = (folder: string, code: string, reported?: string): Case => ({
  title: `${folder} ${reported ? 'does not use' : 'may use'} ${code}`,
  folder,
  source: `export const x = () => ${code};`,
  ...(reported && { reported }),
});

const purity: Case[] = [
  uses('src/core', 'process.env', globals),
  uses('src/core/chat', 'console.log(1)', globals),
  uses('src/core/http', `fetch('http://127.0.0.1')`, globals),
  uses('src/core/oauth', 'setTimeout(() => {}, 1)', globals),
  uses('src/core/oauth', 'setInterval(() => {}, 1)', globals),
  uses('src/core/oauth', 'setImmediate(() => {})', globals),
  uses('src/core/credentials', 'Date.now()', globals),
  uses('src/core/credentials', 'new Date()', globals),
  uses('src/core/models', 'performance.now()', globals),
  uses('src/core/models', 'globalThis.process', globals),
  uses('src/core/models', 'global.process', globals),
  uses('src/core', 'Math.random()', properties),
  uses('src/core', 'AbortSignal.timeout(1)', properties),
  uses('src/terminal', 'Date.now()'),
  uses('src/sandbox', 'Date.now()'),
  uses('src', 'process.env'),
  uses('test/core', `new URL('a.json', import.meta.url).pathname`, properties),
  {
    title: 'a parameter that is called process is no global',
    folder: 'src/core',
    source: 'export const x = (process: string) => process;',
  },
];

const filler = (lines: number) => '//\n'.repeat(lines - 1) + 'export const x = 1;\n';

const files: Case[] = [
  { title: 'a file may have 250 lines', folder: 'src/core', source: filler(250) },
  ...['src', 'src/core/chat', 'test/core'].map((folder) => ({
    title: `a file in ${folder} has no 251 lines`,
    folder,
    source: filler(251),
    reported: 'eslint(max-lines)',
  })),
  {
    title: 'a promise must be awaited or marked as ignored',
    folder: 'src/core',
    source: 'const x = async () => 1;\nx();\n',
    reported: 'typescript(no-floating-promises)',
  },
];

describe('the linter', async () => {
  const cases = [folders, core, packages, purity, files]
    .flat()
    .map((it, index) => ({ ...it, path: `${it.folder}/case-${index}.ts` }));
  const found = await lint(Object.fromEntries(cases.map(({ path, source }) => [path, source])));

  it.each(cases)('$title', ({ path, reported }) => {
    expect(found.get(path) ?? []).toEqual(reported ? [reported] : []);
  });

  it('has a rule for every folder of src and of core', async () => {
    const namesIn = async (folder: string): Promise<string[]> => {
      const entries = await readdir(join(repository, folder), { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    };
    const listed = ['commands', 'core', 'library', 'reporters', 'sandbox', 'terminal'];
    expect((await namesIn('src')).toSorted()).toEqual(listed);
    expect(layers).toEqual(expect.arrayContaining(await namesIn('src/core')));
  });

  it('reports files that import each other in a circle, even for types', async () => {
    const circle = await lint({
      'src/core/a.ts': `import type { B } from './b.ts';\nexport type A = B[];\n`,
      'src/core/b.ts': `import type { A } from './a.ts';\nexport type B = A[];\n`,
    });
    expect(circle.get('src/core/a.ts')).toEqual(['import(no-cycle)']);
  });
});

/** The type of a stream does not tell its size either; this finds a cast, and `process.stdout`. */
it('the size of a terminal is read in one place, where 0 means 80 by 24', async () => {
  const sources = join(repository, 'src');
  const reads =
    /(?:stdout|stderr|stream|output|terminal)\b[^\n;]{0,40}\.(?:columns|rows)\b|getWindowSize/;
  const found: string[] = [];
  for (const path of await readdir(sources, { recursive: true })) {
    if (path.endsWith('.ts') && reads.test(await readFile(join(sources, path), 'utf8'))) {
      found.push(path);
    }
  }
  expect(found).toEqual([]);
});
