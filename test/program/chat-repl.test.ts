import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALT_ENTER, CTRL_C, CTRL_D, ENTER, paste, replWorld } from '../helpers/repl.ts';

/** The prompt, on a line of its own. */
const PROMPT = /> \u001B\[3G$/;

describe('REPL', () => {
  test('the REPL answers one question after another until Ctrl-D ends it with exit code 0', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(`one${ENTER}`);
    await chat.seen(/re: one\r\n[^]*> /);
    chat.type(`two${ENTER}`);
    await chat.seen(/re: two\r\n[^]*> /);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
    expect(w.sent()).toEqual(['one', 're: one', 'two']);
    const [greeting, ...lines] = await chat.screen();
    expect(greeting).toMatch(/^qwen3-coder-plus at 127\.0\.0\.1:\d+\. \/help /);
    expect(lines).toEqual(['> one', 're: one', '> two', 're: two', '> ']);
  });

  test('the REPL lays out wide characters correctly in 40 columns', async () => {
    await using w = await replWorld();
    const chat = w.start([], { columns: 40 });
    await chat.seen(PROMPT);
    const text = '你好'.repeat(12);
    chat.type(text + ENTER);
    await chat.seen(/re: [^]*> /);
    chat.type(`/exit${ENTER}`);
    expect(await chat.exit).toBe(0);
    const screen = (await chat.screen()).slice(-5);
    expect(screen.join('').replaceAll(' ', '')).toBe(`>${text}re:${text}>/exit`);
  });

  test('the REPL starts with files for the first question and a saved conversation', async () => {
    await using w = await replWorld();
    await writeFile(join(w.home.path, 'notes.txt'), 'the notes');
    const chat = w.start(['--new', 'talk', '-f', 'notes.txt', '--system', 'be brief']);
    await chat.seen(PROMPT);
    chat.type(`one${ENTER}`);
    await chat.seen(/re: one/);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
    expect(w.sent()?.[1]).toMatch(/^one\n\n[^]*notes\.txt[^]*the notes/);
    const again = w.start(['-c']);
    await again.seen(/conversation "talk" with 1 turn[^]*> /);
    again.type(`two${ENTER}`);
    await again.seen(/re: two/);
    again.type(CTRL_D);
    expect(await again.exit).toBe(0);
    expect(w.sent()).toHaveLength(4);
    expect(w.sent()?.[0]).toBe('be brief');
  });

  test('a flag for a single answer does not start the REPL', async () => {
    await using w = await replWorld();
    const chat = w.start(['--json']);
    expect(await chat.exit).toBe(2);
    expect(chat.raw()).toContain('There is no prompt');
  });
});

describe('a question', () => {
  test.each([
    ['pasted', paste('one\r\ntwo\rthree\n')],
    ['pasted by a terminal without marks', 'one\rtwo\rthree'],
    ['typed with Alt-Enter', `one${ALT_ENTER}two${ALT_ENTER}three`],
    ['typed with backslashes', `one\\${ENTER}two\\${ENTER}three`],
    ['between quotation marks', `"""one${ENTER}two${ENTER}three"""`],
  ])('a question of several lines can be typed with %s', async (_, keys) => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(keys + ENTER);
    await chat.seen(/re: /);
    chat.type(CTRL_D);
    await chat.exit;
    expect(w.sent()).toEqual(['one\ntwo\nthree']);
  });

  test('a question can be edited across its lines', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(`${paste('on\ntwo')}\u001B[D\u001B[D\u001B[D\u001B[De\u001B[F!${ENTER}`);
    await chat.seen(/re: /);
    chat.type(CTRL_D);
    await chat.exit;
    expect(w.sent()).toEqual(['one\ntwo!']);
  });

  test('a long paste is shown by a name and sent whole', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    const text = Array.from({ length: 60 }, (_, n) => `line ${n}\twith a tab`).join('\n');
    chat.type(`see ${paste(text)}${ENTER}`);
    await chat.seen(/see \[paste 1: 60 lines\][^]*re: /);
    chat.type(CTRL_D);
    await chat.exit;
    expect(w.sent()).toEqual([`see ${text}`]);
    const history = join(w.home.path, '.config/qwen-demo/chat_history.jsonl');
    await expect(readFile(history)).rejects.toThrow('ENOENT');
  });

  test('a paste with control characters is not shown and is sent unchanged', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(paste('a\u202Eb') + ENTER);
    await chat.seen(/re: /);
    chat.type(CTRL_D);
    await chat.exit;
    expect(w.sent()).toEqual(['a\u202Eb']);
    expect(chat.raw()).not.toContain('\u202E');
  });

  test('several lines typed before the first prompt are sent when the user presses Enter', async () => {
    await using w = await replWorld();
    const chat = w.start();
    chat.type(`one${ENTER}two${ENTER}`);
    await chat.seen(/> one\s+two/);
    expect(w.requests).toEqual([]);
    chat.type(`!${ENTER}`);
    await chat.seen(/re: one/);
    expect(w.sent()).toEqual(['one\ntwo!']);
    chat.type(CTRL_D);
    await chat.exit;
  });

  test('a question typed during an answer waits for the next prompt', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    // A key that is no text: without it, this is a paste.
    chat.type(`one${ENTER}two!\u007F${ENTER}thr`);
    await chat.seen(/re: two[^]*thr/);
    chat.type(`ee${ENTER}`);
    await chat.seen(/re: three/);
    chat.type(CTRL_D);
    await chat.exit;
    expect((await chat.screen()).slice(1)).toEqual([
      '> one',
      're: one',
      '> two',
      're: two',
      '> three',
      're: three',
      '> ',
    ]);
  });
});

describe('Ctrl-C', () => {
  test('Ctrl-C stops the answer, and the received text becomes a turn of the conversation', async () => {
    await using w = await replWorld();
    const chat = w.start(['--new', 'talk']);
    await chat.seen(PROMPT);
    chat.type(`endless${ENTER}`);
    await chat.seen(/and on/);
    chat.type(`typed in vain${ENTER}${CTRL_C}`);
    await chat.seen(/\(stopped[^]*> /);
    await w.closed;
    chat.type(`next${ENTER}`);
    await chat.seen(/re: next/);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
    expect(w.sent()).toEqual(['endless', 'and on and on', 'next']);
    const { stdout } = await w.home.run(['chat', '--show', 'talk', '--json']);
    expect(JSON.parse(stdout).turns[0]).toMatchObject({ finish_reason: 'stopped' });
  });

  test('Ctrl-C drops a line, and twice at an empty prompt ends the REPL with exit code 130', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(`never sent${CTRL_C}`);
    await chat.seen(/never sent[^]*> \u001B\[3G$/);
    chat.type(CTRL_C);
    await chat.seen(/\(Ctrl-C once more[^]*> /);
    chat.type(`yes${ENTER}`);
    await chat.seen(/re: yes[^]*> /);
    chat.type(CTRL_C + CTRL_C);
    expect(await chat.exit).toBe(130);
    expect(w.requests).toHaveLength(1);
  });

  test('Ctrl-C drops a question of several lines and a paste without an end', async () => {
    await using w = await replWorld();
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(`"""one${ENTER}two${CTRL_C}`);
    await chat.seen(/two[^]*> \u001B\[3G$/);
    chat.type(`\u001B[200~lost${CTRL_C}`);
    await chat.seen(/Ctrl-C once more[^]*> /);
    chat.type(`yes${ENTER}`);
    await chat.seen(/re: yes/);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
    expect(w.sent()).toEqual(['yes']);
  });
});
