import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CTRL_D, CTRL_G, CTRL_R, ENTER, paste, replWorld, UP } from '../helpers/repl.ts';

/** The prompt, on a line of its own. */
const PROMPT = /> \u001B\[3G$/;

test('the arrow keys recall questions, also of an earlier REPL, unless they began with a blank', async () => {
  await using w = await replWorld();
  const first = w.start();
  await first.seen(PROMPT);
  first.type(`${paste('one\nmore')}${ENTER}`);
  await first.seen(/re: one/);
  first.type(` secret${ENTER}`);
  await first.seen(/re: +secret/);
  first.type(CTRL_D);
  await first.exit;
  const file = join(w.home.path, '.config/qwen-demo/chat_history.jsonl');
  expect(await readFile(file, 'utf8')).toBe('"one\\nmore"\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const second = w.start();
  await second.seen(PROMPT);
  second.type(`${UP}!${ENTER}`);
  await second.seen(/re: one/);
  second.type(CTRL_D);
  await second.exit;
  expect(w.sent()).toEqual(['one\nmore!']);
});

test('a message that was entered in several lines is one entry of the history', async () => {
  await using w = await replWorld();
  const chat = w.start();
  await chat.seen(PROMPT);
  chat.type(`"""one${ENTER}two"""${ENTER}`);
  await chat.seen(/re: one[^]*> /);
  chat.type(UP + ENTER);
  await chat.seen(/re: one[^]*re: one/);
  chat.type(CTRL_D);
  await chat.exit;
  expect(w.sent()).toEqual(['one\ntwo', 're: one\ntwo', 'one\ntwo']);
});

test.each([40, 80, 0])(
  'Ctrl-R finds earlier questions and Tab completes a path at %i columns',
  async (columns) => {
    await using w = await replWorld();
    await writeFile(join(w.home.path, 'my notes.txt'), 'the notes');
    const chat = w.start([], { columns, rows: columns && 24 });
    await chat.seen(PROMPT);
    const long = `first ${'word '.repeat(12)}end`;
    for (const question of [long, 'second']) {
      chat.type(question + ENTER);
      await chat.seen(new RegExp(`re: ${question.replaceAll(' ', String.raw`\s+`)}[^]*> `));
    }
    chat.type(`half${CTRL_R}nd`);
    await chat.seen(/\(search: nd\) /);
    chat.type(CTRL_R);
    await chat.seen(/\(search: nd\) first/);
    const screen = await chat.screen();
    expect(screen.filter((line) => line.startsWith('(search'))).toHaveLength(1);
    chat.type(CTRL_G);
    await chat.seen(/> half(?:\u001B\[\d+G)?$/);
    chat.type(`${CTRL_R}wor${ENTER}`);
    await chat.seen(/re: first[^]*re: first[^]*> \u001B\[3G$/);
    expect(w.sent()?.at(-1)).toBe(long);
    chat.type(`/file my\t${ENTER}`);
    await chat.seen(/goes: my\s+notes\.txt/);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
  },
);
