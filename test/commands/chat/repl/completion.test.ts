import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeLine } from '../../../../src/commands/chat/repl/completion.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'qwen-demo-completion-'));
  await mkdir(join(home, 'notes'));
  await symlink(join(home, 'notes'), join(home, 'link'));
  for (const name of ['note.txt', 'my notes.txt', '.hidden', 'bad\u001B[31m.txt']) {
    await writeFile(join(home, name), '');
  }
  await writeFile(join(home, 'notes/deep.md'), '');
});

afterAll(() => rm(home, { recursive: true }));

const complete = (line: string) =>
  completeLine(line, {
    env: { HOME: home },
    models: async () => ['qwen3-max', 'qwen3-coder-plus', 'evil\u001B[2J'],
    conversations: async () => ['talk', 'tale', 'work'],
  });

test.each([
  ['/mo', ['/model'], '/mo'],
  ['/fi', ['/file '], '/fi'],
  ['/model qwen3-c', ['qwen3-coder-plus'], 'qwen3-c'],
  ['/MODEL e', [], 'e'],
  ['/load ta', ['talk', 'tale'], 'ta'],
  ['/file ~/no', ['~/note.txt', '~/notes/'], '~/no'],
  ['/file ~/notes/', ['~/notes/deep.md'], '~/notes/'],
  ['/image ~/l', ['~/link/'], '~/l'],
  ['/file ~/my', ['~/my\\ notes.txt'], '~/my'],
  ['/file ~/my\\ n', ['~/my\\ notes.txt'], '~/my\\ n'],
  ['/file ~/my n', ['~/my notes.txt'], '~/my n'],
  ['/file "~/my', ['"~/my notes.txt'], '"~/my'],
  ['/file ~/.h', ['~/.hidden'], '~/.h'],
  ['/file ~/b', [], '~/b'],
  ['/file ~/none/', [], '~/none/'],
  ['/file ~', ['~/'], '~'],
  ['what is in @~/note.', ['~/note.txt'], '~/note.'],
  ['@~/my\\ ', ['~/my\\ notes.txt'], '~/my\\ '],
  ['me@~/no', [], 'me@~/no'],
  ['/usage x', [], '/usage x'],
  ['a question', [], 'a question'],
])('Tab after %j offers %j', async (line, candidates, end) => {
  expect(await complete(line)).toEqual([candidates, end]);
});
