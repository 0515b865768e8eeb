import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { arrowsOf, redrawn, foldersOf } from './docs/architecture-picture.ts';
import { circlesOf, importGraphOf, readImportGraph } from './helpers/import-graph.ts';

const source = fileURLToPath(new URL('../src', import.meta.url));

describe('the import graph of src', () => {
  const graph = readImportGraph(source);

  it('has no circle, type imports and dynamic imports included', () => {
    expect(circlesOf(graph)).toEqual([]);
  });

  it('names only files that exist', () => {
    const missing = [...graph].flatMap(([path, imported]) =>
      imported.filter((target) => !graph.has(target)).map((target) => `${path} -> ${target}`),
    );
    expect(missing.filter((edge) => !/\.(d\.ts|json)$/.test(edge))).toEqual([]);
  });

  it('leads from main.ts and the library to every other file', () => {
    const reached = new Set(['main.ts', 'library/index.ts', 'library/fetch.ts']);
    for (const path of reached) for (const next of graph.get(path) ?? []) reached.add(next);
    expect([...graph.keys()].filter((path) => !reached.has(path))).toEqual([]);
  });

  it('is the one in the picture of docs/architecture.md', async () => {
    const page = await readFile(new URL('../docs/architecture.md', import.meta.url), 'utf8');
    // When this fails: npx tsx test/docs/architecture-picture.ts
    expect(redrawn(page, graph)).toBe(page);
  });
});

it('the picture of an import graph leaves out the arrows that follow from others', () => {
  const graph = importGraphOf({
    'main.ts': `import './commands/a.ts'; import './core/b.ts';`,
    'commands/a.ts': `import '../core/http/c.ts'; import '../core/b.ts';`,
    'core/http/c.ts': `import '../b.ts';`,
    'core/b.ts': '',
  });
  expect(arrowsOf(foldersOf(graph))).toEqual([
    ['commands', 'core/http'],
    ['core/http', 'core'],
    ['start', 'commands'],
  ]);
});

describe('the search for circles', () => {
  it.each([
    ['a static import', `import { a } from './a.ts';`],
    ['a type import', `import type { A } from './a.ts';`],
    ['an import for its effects', `import './a.ts';`],
    ['a re-export', `export * from './a.ts';`],
    ['a dynamic import', `export const load = () => import('./a.ts');`],
    ['an import in a type', `export type A = import('./a.ts').A;`],
  ])('follows %s', (_, source) => {
    const graph = importGraphOf({ 'x/a.ts': `import './b.ts';`, 'x/b.ts': source });
    expect(circlesOf(graph)).toEqual([['x/a.ts', 'x/b.ts']]);
  });

  it('ignores packages, comments and strings', () => {
    const quoted = `// import './a.ts';\nexport const text = "import './a.ts'";\nimport 'zod';`;
    expect(circlesOf(importGraphOf({ 'a.ts': `import './b.ts';`, 'b.ts': quoted }))).toEqual([]);
  });

  it('finds long circles, a file that imports itself, and separate circles', () => {
    const graph = importGraphOf({
      'a.ts': `import './b.ts';`,
      'b.ts': `import './c.ts';\nimport './d.ts';`,
      'c.ts': `import './a.ts';`,
      'd.ts': `import './d.ts';`,
      'e/f.ts': `import '../a.ts';\nimport './g.ts';`,
      'e/g.ts': `import '../e/f.ts';`,
      'h.ts': `import './a.ts';\nimport './e/f.ts';`,
    });
    expect(circlesOf(graph)).toEqual([['a.ts', 'b.ts', 'c.ts'], ['d.ts'], ['e/f.ts', 'e/g.ts']]);
  });
});
