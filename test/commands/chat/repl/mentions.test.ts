import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mentionedFiles } from '../../../../src/commands/chat/repl/mentions.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'qwen-demo-mentions-'));
  await mkdir(join(home, 'folder'));
  for (const name of ['a.txt', 'my notes.txt', 'end.']) await writeFile(join(home, name), '');
});

afterAll(() => rm(home, { recursive: true }));

test.each([
  ['explain @~/a.txt', ['a.txt']],
  ['@~/a.txt, please (and @~/my\\ notes.txt)?', ['a.txt', 'my notes.txt']],
  ['@"~/my notes.txt" is long', ['my notes.txt']],
  ["see @'~/my notes.txt'.", ['my notes.txt']],
  ['@~/end. and @~/a.txt!?', ['end.', 'a.txt']],
  ['twice @~/a.txt and @~/a.txt', ['a.txt']],
  ['me@~/a.txt and me@example.com', []],
  ['ask @somebody, or @', []],
  ['@~/none.txt @/dev/null @/ @. @~/', []],
  ['what is in @~/folder?', ['folder']],
])('%j mentions the files %j', async (text, names) => {
  const files = await mentionedFiles(text, { env: { HOME: home } });
  expect(files).toEqual(names.map((name) => join(home, name)));
});
