import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/commands/all.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { files, scripts, version } = JSON.parse(read('package.json')) as {
  files: string[];
  scripts: Record<string, string>;
  version: string;
};

/** The pages for people who carry the program on. */
const PAGES = [
  'docs/architecture.md',
  'docs/platforms.md',
  '.github/CONTRIBUTING.md',
  '.github/SECURITY.md',
  '.github/ISSUE_TEMPLATE/bug.yml',
  '.github/ISSUE_TEMPLATE/idea.yml',
];

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

  test('names only commands of the program', () => {
    const named = [...page.matchAll(/qwen-demo(?:\.cmd)? ([a-z][\w-]*)/g)].map(([, name]) => name);
    const known = [...COMMANDS.map(({ name }) => name), 'help'];
    expect(named.filter((name = '') => !known.includes(name))).toEqual([]);
  });
});

test.each(['bug', 'idea'])('the form %s has what GitHub asks of a form', (name) => {
  const form = parse(read(`.github/ISSUE_TEMPLATE/${name}.yml`)) as {
    name: string;
    description: string;
    body: { type: string; id?: string; attributes: { label?: string; value?: string } }[];
  };
  expect([form.name, form.description]).toEqual([expect.any(String), expect.any(String)]);
  const ids = form.body.flatMap(({ id }) => (id === undefined ? [] : [id]));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { type, attributes } of form.body) {
    expect(['markdown', 'textarea', 'input', 'checkboxes', 'dropdown']).toContain(type);
    expect(type === 'markdown' ? attributes.value : attributes.label).toEqual(expect.any(String));
  }
});

test('docs/CHANGELOG.md begins with the version of package.json', () => {
  expect(/^## (\S+?),? /m.exec(read('docs/CHANGELOG.md'))?.[1]).toBe(version);
});

test('README.md says which of the files that it links to are not in the npm package', () => {
  const isPacked = (path: string) =>
    !files.includes(`!${path}`) &&
    files.some((one) => one === path || (one === `${dirname(path)}/*.md` && path.endsWith('.md')));
  const readme = read('README.md');
  const [, line = ''] = /([^\n]*) are in the repository, not in/.exec(readme) ?? [];
  const named = [...line.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, to = '']) => to);
  const left = links.filter((to) => !isPacked(to));
  expect(left).toContain('docs/architecture.md');
  expect(left).not.toContain('docs/library.md');
  expect(left.filter((to) => !named.some((name) => `${to}/`.startsWith(`${name}/`)))).toEqual([]);
});
