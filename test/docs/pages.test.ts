import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** The pages for people who carry the program on. */
const PAGES = ['docs/architecture.md', '.github/CONTRIBUTING.md', '.github/SECURITY.md'];

describe.each(PAGES)('%s', (path) => {
  const page = read(path);

  test('names only files and folders that exist', () => {
    const named = [...page.matchAll(/`((?:src|test|docs|schemas|\.github|\.ci)\/[\w./-]+)`/g)];
    const linked = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)];
    const missing = [
      ...named.filter(([, name = '']) => !existsSync(new URL(name, root))),
      ...linked.filter(([, to = '']) => !existsSync(new URL(to, new URL(path, root)))),
    ];
    expect(missing.map(([, name]) => name)).toEqual([]);
  });

  test('names only scripts of package.json', () => {
    const named = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
