import { chmod, readdir, readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CTRL_D, ENTER, replWorld, UP } from '../helpers/repl.ts';

/** The prompt, on a line of its own. */
const PROMPT = /> \u001B\[3G$/;

/** A session with an editor: a shell script that has the path of the file in `$1`. */
async function withEditor(script: string, env: Record<string, string> = {}) {
  const world = await replWorld();
  const { path } = world.home;
  await mkdir(join(path, 'tmp'));
  await writeFile(join(path, 'my editor'), `#!/bin/sh\n${script}`);
  await chmod(join(path, 'my editor'), 0o755);
  const chat = world.start([], {
    env: { EDITOR: `'${join(path, 'my editor')}'`, TMPDIR: join(path, 'tmp'), ...env },
  });
  await chat.seen(PROMPT);
  return { ...world, chat, left: () => readdir(join(path, 'tmp')) };
}

test('/edit sends what is written in the editor, in a private file that is deleted', async () => {
  await using s = await withEditor(
    'stat -c "%a" "$1"; cat "$1"; stty -a | grep -q " icanon" && echo; echo cooked; kill -INT $PPID $(ps -o ppid= -p $PPID); printf "one\\r\\ntwo @notes.txt\\n\\n" > "$1"',
  );
  await writeFile(join(s.home.path, 'notes.txt'), 'the notes');
  s.chat.type(`/edit begin with this${ENTER}`);
  await s.chat.seen(/600\r\nbegin with this\r\ncooked\r\none\r\ntwo @notes\.txt\r\n/);
  await s.chat.seen(/With this question goes: notes\.txt[^]*re: one[^]*> \u001B\[3G$/);
  expect(s.sent()?.[0]).toMatch(/^one\ntwo @notes\.txt\n\n[^]*the notes/);
  s.chat.type(UP + ENTER);
  await s.chat.seen(/re: one[^]*re: one[^]*> /);
  s.chat.type(CTRL_D);
  expect(await s.chat.exit).toBe(0);
  expect(await s.left()).toEqual([]);
  const history = await readFile(join(s.home.path, '.config/qwen-demo/chat_history.jsonl'), 'utf8');
  expect(history).toContain('"one\\ntwo @notes.txt"');
});

test('an editor that fails is an error, and what was written comes back with the up arrow', async () => {
  await using s = await withEditor('echo written > "$1"; exit 3');
  s.chat.type(`/edit${ENTER}`);
  await s.chat.seen(
    /failed:\s+it\s+ended\s+with\s+exit\s+code\s+3\.\s+Nothing\s+was\s+sent[^]*> \u001B\[3G$/,
  );
  expect(s.requests).toEqual([]);
  s.chat.type(UP + ENTER);
  await s.chat.seen(/re: written[^]*> /);
  s.chat.type(CTRL_D);
  expect(await s.chat.exit).toBe(0);
  expect(await s.left()).toEqual([]);
});

test('an editor that is not there is an error, and an empty message is not sent', async () => {
  await using missing = await withEditor('', { VISUAL: '/no/such/editor -x' });
  missing.chat.type(`/edit${ENTER}`);
  await missing.chat.seen(
    /"\/no\/such\/editor -x" failed:\s+it\s+was\s+not\s+found[^]*> \u001B\[3G$/,
  );
  missing.chat.type(CTRL_D);
  expect(await missing.chat.exit).toBe(0);
  await using empty = await withEditor('exit 0', { VISUAL: ' ' });
  empty.chat.type(`/edit${ENTER}`);
  await empty.chat.seen(/The message is empty: nothing was sent\.[^]*> \u001B\[3G$/);
  empty.chat.type(CTRL_D);
  expect(await empty.chat.exit).toBe(0);
  expect(empty.requests).toEqual([]);
});
