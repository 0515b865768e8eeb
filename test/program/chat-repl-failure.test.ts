import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CTRL_D, ENTER, replWorld, UP } from '../helpers/repl.ts';

/** The prompt, on a line of its own. */
const PROMPT = /> \u001B\[3G$/;

describe('a turn that failed', () => {
  test('a failed answer stays on the screen, becomes no turn, and /retry asks again', async () => {
    await using w = await replWorld({ breaks: 2 });
    const chat = w.start();
    await chat.seen(PROMPT);
    chat.type(`broken${ENTER}`);
    await chat.seen(/half an ans\r\n[^]*broke off[^]*\/retry asks again[^]*> /);
    chat.type(`other${ENTER}`);
    await chat.seen(/re: other[^]*> /);
    expect(w.sent()).toEqual(['other']);
    chat.type(`broken${ENTER}`);
    await chat.seen(/other[^]*broke off[^]*> /);
    chat.type(`/retry${ENTER}`);
    await chat.seen(/re: broken[^]*> /);
    expect(w.sent()).toEqual(['other', 're: other', 'broken']);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
    expect((await chat.screen()).filter((line) => line === 'half an ans')).toHaveLength(2);
  });

  test('the up arrow sends a question whose answer failed again, with its files', async () => {
    await using w = await replWorld();
    await writeFile(join(w.home.path, 'notes.txt'), 'the notes');
    await writeFile(join(w.home.path, 'more.txt'), 'more of it');
    const chat = w.start(['-f', 'notes.txt']);
    await chat.seen(PROMPT);
    chat.type(`broken @more.txt${ENTER}`);
    await chat.seen(/up arrow[^]*next question goes: notes\.txt,\s+more\.txt[^]*> \u001B\[3G$/);
    chat.type(UP + ENTER);
    await chat.seen(/re: broken[^]*> \u001B\[3G$/);
    expect(w.sent()).toHaveLength(1);
    expect(w.sent()?.[0]?.match(/the notes|more of it/g)).toEqual(['the notes', 'more of it']);
    chat.type(`next${ENTER}`);
    await chat.seen(/re: next[^]*> /);
    expect(w.sent()?.at(-1)).toBe('next');
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
  });

  test('/retry sends the files of a failed question once, and not with the next one', async () => {
    await using w = await replWorld();
    await writeFile(join(w.home.path, 'notes.txt'), 'the notes');
    const chat = w.start(['-f', 'notes.txt']);
    await chat.seen(PROMPT);
    chat.type(`broken${ENTER}`);
    await chat.seen(/\/retry asks again[^]*> \u001B\[3G$/);
    chat.type(`/retry${ENTER}`);
    await chat.seen(/re: broken[^]*> \u001B\[3G$/);
    expect(w.sent()?.[0]?.match(/the notes/g)).toHaveLength(1);
    chat.type(`next${ENTER}`);
    await chat.seen(/re: next[^]*> /);
    expect(w.sent()?.at(-1)).toBe('next');
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
  });

  test('an unreachable server does not end the REPL, and /retry asks again', async () => {
    await using w = await replWorld();
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    const chat = w.start(['--max-retries', '0'], { env });
    await chat.seen(PROMPT);
    chat.type(`one${ENTER}`);
    await chat.seen(/refused the connection[^]*\/retry[^]*> /);
    chat.type(CTRL_D);
    expect(await chat.exit).toBe(0);
  });
});
