import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allFilesOf, listFiles } from '../../../src/core/files/folder.ts';
import { createFolders, taken } from '../../helpers/attached.ts';

const GIF = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64');
const { signal } = new AbortController();

let folders: Awaited<ReturnType<typeof createFolders>>;
beforeAll(async () => {
  folders = await createFolders();
});
afterAll(() => folders[Symbol.asyncDispose]());
const folderWith = (files: Record<string, string | Buffer>) => folders.folderWith(files);

describe('a folder', () => {
  test('its text files are sent in the order of their paths, under names below the folder', async () => {
    const root = await folderWith({ 'b.txt': 'two', 'a/z.md': 'one', 'B.txt': 'big', 'a.js': '0' });
    const top = basename(root);
    const { content, told, name } = await taken(root);
    expect(content).toBe(
      [
        `${top}/B.txt:\n\`\`\`\nbig\n\`\`\``,
        `${top}/a.js:\n\`\`\`\n0\n\`\`\``,
        `${top}/a/z.md:\n\`\`\`\none\n\`\`\``,
        `${top}/b.txt:\n\`\`\`\ntwo\n\`\`\``,
      ].join('\n\n'),
    );
    expect(told).toBe(
      [`From ${root} (4 files, 1 KiB):`, 'B.txt', 'a.js', 'a/z.md', 'b.txt']
        .join(`\n  ${top}/`)
        .trim(),
    );
    expect(name).toBe(`${root} (4 files)`);
    expect((await taken(`${root}/`)).content).toBe(content);
  });

  test('a folder below the current one gives relative names', async () => {
    const { told } = await taken('test/commands/chat/repl');
    expect(told).toMatch(/\n {2}test\/commands\/chat\/repl\/\S+\.ts/);
    expect((await taken(join(process.cwd(), 'test/commands/chat/repl'))).told).toContain(
      '\n  test/commands/chat/repl/',
    );
  });

  test('what is no text, hidden, a link, a FIFO or unreadable is left out and counted', async () => {
    const root = await folderWith({
      'text.txt': 'text',
      'empty.txt': '',
      'dot.gif': GIF,
      'null.bin': Buffer.from([0x41, 0, 0x42]),
      'latin1.txt': Buffer.from([0x41, 0xe4, 0xf6, 0x42, 0x43, 0x44]),
      'ascii.pdf': '%PDF-1.4\n1 0 obj\n',
      'late.bin': Buffer.concat([Buffer.alloc(9000, 'x'), Buffer.from([0])]),
      'huge.bin': Buffer.concat([Buffer.from([0]), Buffer.alloc(5 * 2 ** 20)]),
      'cut.txt': `${'x'.repeat(4095)}ä${'y'.repeat(10)}`,
      '.env': 'SECRET=1',
      '.git/config': 'x',
      '.cache/x.txt': 'x',
    });
    await symlink(root, join(root, 'loop'));
    await symlink(join(root, 'text.txt'), join(root, 'other.txt'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const { told } = await taken(root);
    expect(
      told
        .replaceAll(`${basename(root)}/`, '')
        .split('\n')
        .slice(1),
    ).toEqual([
      '  cut.txt',
      '  empty.txt',
      '  text.txt',
      'Left out: 5 not text in UTF-8; 1 picture (name each one to send it); 3 links, pipes or devices',
    ]);
  });

  // A name that is not UTF-8 cannot be opened, also by root.
  test.runIf(process.platform === 'linux')(
    'a file and a folder that cannot be read are told, and the others are sent',
    async () => {
      const root = await folderWith({ 'a.txt': 'a' });
      const odd = (name: string) =>
        Buffer.concat([Buffer.from(`${root}/${name}`), Buffer.of(0xff)]);
      await Promise.all([writeFile(odd('file'), 'x'), mkdir(odd('folder'))]);
      expect((await taken(root)).told).toContain(
        'Left out: 2 that cannot be read (folder\ufffd/, file\ufffd)',
      );
    },
  );

  test('a line break or an escape in a name does not reach the terminal', async () => {
    const root = await folderWith({ 'a\nb \u001b[31m.txt': 'x' });
    const { told, content } = await taken(root);
    expect(told).toMatch(/\n {2}[^\n]+\/a\\nb \\u001b\[31m\.txt$/);
    expect(content).toMatch(/\/a b [^\n]+:\n```/);
  });

  test.each([
    ['without files', {}, 'no_files', 'names no text file'],
    ['with pictures alone', { 'a.png': GIF }, 'no_files', '1 picture (name each one'],
    [
      'with too many files',
      Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`${index}`, 'x'])),
      'too_many_files',
      'more than 500 text files',
    ],
    [
      'with too much text',
      { a: 'x'.repeat(3 * 2 ** 20), b: 'x'.repeat(2 * 2 ** 20) },
      'file_too_large',
      'more than 4 MiB of text',
    ],
  ])('one %s is refused', async (_, files, code, words) => {
    const root = await folderWith(files);
    const error = await taken(root).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'usage', code });
    const { message, hint } = error as { message: string; hint: string };
    expect(`${message} ${hint}`).toContain(words);
  });

  test('a folder with more entries than the limit ends the search at once', async () => {
    const root = await folderWith({ 'a/1': '', 'a/2': '', 'b/3': '' });
    await expect(listFiles(allFilesOf(root), { signal, most: 4 })).rejects.toMatchObject({
      kind: 'usage',
      code: 'too_many_files',
    });
    expect((await listFiles(allFilesOf(root), { signal, most: 5 })).files).toHaveLength(3);
  });

  test('an interrupt ends the search', async () => {
    const root = await folderWith({ a: '' });
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(listFiles(allFilesOf(root), { signal: stopped })).rejects.toThrow('stopped');
  });
});

describe('one file', () => {
  test('a picture is sent as one, from a path and from standard input', async () => {
    const root = await folderWith({ 'a.txt': GIF });
    const part = [
      {
        type: 'image_url',
        image_url: { url: `data:image/gif;base64,${GIF.toString('base64')}` },
      },
    ];
    expect((await taken(join(root, 'a.txt'))).content).toEqual(part);
    expect((await taken('-', GIF)).content).toEqual(part);
    expect((await taken('-', Buffer.from('text'))).content).toContain('standard input:\n```\ntext');
  });

  const zip = (name: string) => Buffer.from(`PK\u0003\u0004\u0014\0\0\0${name}`, 'latin1');
  test.each([
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'pdftotext'],
    ['a Word document', zip('word/document.xml'), 'pandoc'],
    ['an Excel workbook', zip('xl/workbook.xml'), 'csv'],
    ['an archive', zip('src/main.c'), 'Unpack'],
    ['an archive', Buffer.from([0x1f, 0x8b, 8, 0]), 'Unpack'],
    ['a picture in HEIC', Buffer.from('\0\0\0\u0018ftypheic'), 'magick'],
    ['a sound recording', Buffer.from('ID3\u0003\0'), 'text first'],
    ['a video', Buffer.from('\0\0\0\u0018ftypmp42'), 'ffmpeg'],
    ['text in UTF-16', Buffer.from([0xff, 0xfe, 0x41, 0]), 'iconv'],
  ])('%s is refused, and the error says what can be done', async (what, bytes, words) => {
    const root = await folderWith({
      'x y': bytes,
      large: Buffer.concat([bytes, Buffer.alloc(8e6)]),
    });
    for (const name of ['x y', 'large']) {
      await expect(taken(join(root, name))).rejects.toMatchObject({
        kind: 'usage',
        code: 'binary_file',
        message: expect.stringContaining(`${name} is ${what}, not text`),
        hint: expect.stringContaining(words),
      });
    }
  });

  test('standard input is refused where the user types', async () => {
    for (const path of ['-', '/dev/stdin']) {
      await expect(taken(path)).rejects.toMatchObject({ code: 'stdin_is_terminal' });
    }
  });

  test('a URL is refused with what to type instead', async () => {
    await expect(taken('https://example.com/a.png')).rejects.toMatchObject({
      code: 'file_is_url',
      hint: expect.stringContaining('-i'),
    });
  });
});
