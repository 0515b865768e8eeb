import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filePatternOf } from '../../../src/core/files/folder.ts';
import { createFolders, namesIn, taken } from '../../helpers/attached.ts';

let folders: Awaited<ReturnType<typeof createFolders>>;
beforeAll(async () => {
  folders = await createFolders();
});
afterAll(() => folders[Symbol.asyncDispose]());
const folderWith = (files: Record<string, string | Buffer>) => folders.folderWith(files);

describe('what git ignores is left out', () => {
  test('by .gitignore files at every level, of which the deeper one decides', async () => {
    const root = await folderWith({
      '.git/HEAD': '',
      '.git/info/exclude': 'private.txt\n# a comment\n\n',
      '.gitignore': '*.log\n/only-top.txt\nbuild/\ntmp*\n!keep.log\r\ndocs/*.html\n',
      'private.txt': '',
      'a.log': '',
      'keep.log': '',
      'only-top.txt': '',
      'build/x.txt': '',
      'docs/page.html': '',
      'docs/deep/page.html': '',
      'src/.gitignore': '!tmp1/\n*.gen.ts\n/local.ts\nsub/name.ts\n',
      'src/tmp1/kept.txt': '',
      'src/tmp2/left.txt': '',
      'src/a.gen.ts': '',
      'src/deep/b.gen.ts': '',
      'src/local.ts': '',
      'src/deep/local.ts': '',
      'src/sub/name.ts': '',
      'src/deep/sub/name.ts': '',
      'src/only-top.txt': '',
      'src/private.txt': '',
      'other/a.gen.ts': '',
    });
    const kept = [
      'docs/deep/page.html',
      'keep.log',
      'other/a.gen.ts',
      'src/deep/local.ts',
      'src/deep/sub/name.ts',
      'src/only-top.txt',
      'src/tmp1/kept.txt',
    ];
    const top = basename(root);
    expect(namesIn((await taken(root)).told)).toEqual(kept.map((name) => `${top}/${name}`));
    // git itself says the same.
    await rm(join(root, '.git', 'HEAD'));
    execFileSync('git', ['init', '-q', root]);
    await writeFile(join(root, '.git/info/exclude'), 'private.txt\n');
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: root },
    });
    expect(listed.split('\n').filter((name) => name !== '' && !/(^|\/)\./.test(name))).toEqual(
      kept,
    );
    // The rules above a folder hold for it too.
    expect(namesIn((await taken(join(root, 'src'))).told)).toEqual(
      kept.filter((name) => name.startsWith('src/')),
    );
  });

  test('but a folder that is named by itself is sent, although it is ignored', async () => {
    const root = await folderWith({
      '.git/HEAD': '',
      '.gitignore': 'dist\n',
      'dist/a.js': '',
      'dist/.gitignore': 'b.js',
      'dist/b.js': '',
    });
    expect((await taken(join(root, 'dist'))).told).toMatch(/^ {2}dist\/a\.js$/m);
    expect((await taken(join(root, 'dist', '*.js'))).told).not.toContain('b.js');
  });

  test('also in a worktree, whose .git is a file', async () => {
    const root = await folderWith({
      'main/.git/info/exclude': 'secret.txt',
      'main/.git/worktrees/w/commondir': '../..\n',
      'w/.git': 'gitdir: ../main/.git/worktrees/w\n',
      'w/secret.txt': '',
      'w/a.txt': '',
    });
    expect((await taken(join(root, 'w'))).told).not.toContain('secret');
  });
});

describe('a glob', () => {
  const files = {
    'a.ts': '',
    'b.js': '',
    'src/c.ts': '',
    'src/deep/d.ts': '',
    'src/deep/e.test.ts': '',
    '.github/ci.yml': '',
    '.hidden.ts': '',
    'with space/f.ts': '',
  };
  test.each([
    ['*.ts', ['a.ts']],
    ['**/*.ts', ['a.ts', 'src/c.ts', 'src/deep/d.ts', 'src/deep/e.test.ts', 'with space/f.ts']],
    ['src/**', ['src/c.ts', 'src/deep/d.ts', 'src/deep/e.test.ts']],
    ['*/*.ts', ['src/c.ts', 'with space/f.ts']],
    ['{src,with space}/*.ts', ['src/c.ts', 'with space/f.ts']],
    ['src/deep/!(*.test).ts', ['src/deep/d.ts']],
    ['?.[jt]s', ['a.ts', 'b.js']],
    ['.github/*.yml', ['.github/ci.yml']],
    ['{.github,src}/*', ['.github/ci.yml', 'src/c.ts']],
    ['.*.ts', ['.hidden.ts']],
  ])('%s takes %j', async (glob, names) => {
    const root = await folderWith(files);
    const { folder: base } = filePatternOf(`${root}/${glob}`) ?? { folder: '' };
    expect(namesIn((await taken(`${root}/${glob}`)).told)).toEqual(
      names.map((name) => relative(dirname(base), join(root, name))),
    );
  });

  test('one that matches nothing is refused, and a file of that name is a file', async () => {
    const root = await folderWith({ 'a[1].txt': 'yes', 'sub/x': '' });
    expect((await taken(join(root, 'a[1].txt'))).content).toContain('yes');
    await expect(taken(join(root, '*.zig'))).rejects.toMatchObject({ code: 'no_files' });
    await expect(taken(join(root, 'nowhere/*.zig'))).rejects.toMatchObject({
      code: 'file_not_read',
    });
    await expect(taken(join(root, 'nowhere.txt'))).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  test('one without ** does not search deeper folders, and one that matches too slowly is refused', () => {
    expect(filePatternOf('src/*.ts')).toMatchObject({ folder: 'src', depth: 0 });
    expect(filePatternOf('src/*/x/*.ts')).toMatchObject({ folder: 'src', depth: 2 });
    expect(filePatternOf('plain.txt')).toBeUndefined();
    expect(() => filePatternOf('src/*a*a*a*a*b')).toThrow('more than 4 stars');
  });
});
