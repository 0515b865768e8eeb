import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { conversationWorld, type Message } from '../helpers/conversation-files.ts';
import { MAIN } from '../helpers/program.ts';

describe('-c', () => {
  test('-c continues a conversation with its turns, its system text and its model', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', 'a', '--system', 'be brief', '-m', 'one');
    expect(w.sent()).toEqual(['be brief', 'a']);
    expect(await w.chat('-c', 'talk', '-p', 'b')).toEqual({
      code: 0,
      stdout: 're: b\n',
      stderr: '',
    });
    expect(w.sent()).toEqual(['be brief', 'a', 're: a', 'b']);
    await w.chat('-c', 'talk', '-p', 'c', '--system', 'be long', '-m', 'two');
    expect(w.sent()).toEqual(['be long', 'a', 're: a', 'b', 're: b', 'c']);
    await w.chat('-c', 'talk', '-p', 'd');
    expect(w.sent()?.[0]).toBe('be long');
    expect(w.models()).toEqual(['one', 'one', 'two', 'two']);
    expect((await stat(w.file)).mode & 0o777).toBe(0o600);
  });

  test('-c without a name continues the latest conversation', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'one', '-p', '1');
    await w.chat('--new', 'two', '-p', '2');
    await w.chat('-c', 'one', '-p', '3');
    await w.chat('-p', '4', '-c');
    expect(w.sent()).toEqual(['1', 're: 1', '3', 're: 3', '4']);
  });

  test('-c exits 2 without a request if there is no such conversation', async () => {
    await using w = await conversationWorld();
    expect(await w.chat('-p', 'x', '-c')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--new'),
    });
    await w.chat('--new', 'talk', '-p', 'a');
    expect(await w.chat('-p', 'x', '-c', 'tlak')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/named "tlak"\n.*There is: talk/),
    });
    expect(await w.chat('-p', 'x', '-c', '../talk')).toMatchObject({ code: 2 });
    expect(w.models()).toHaveLength(1);
  });

  test('a value of -c that names no conversation is the prompt', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', 'a');
    for (const [line, prompt] of [
      [['-c', 'and in Haskell?'], 'and in Haskell?'],
      [['-c', 'what', 'is', 'it'], 'what is it'],
      [['-c', 'thanks'], 'thanks'],
      [['-c', 'talk', 'go', 'on'], 'go on'],
      [['-c', '--', 'talk'], 'talk'],
    ] as const) {
      expect(await w.chat(...line), line.join(' ')).toMatchObject({ code: 0 });
      expect(w.sent()?.at(-1)).toBe(prompt);
    }
    // A name that is misspelt is not sent to another conversation.
    expect(await w.chat('-c', 'tlak', 'go', 'on')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is: talk'),
    });
    expect(w.models()).toHaveLength(6);
  });

  test('-c leaves out turns that do not fit, with a notice, and keeps them in the file', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', 'a'.repeat(300));
    await w.chat('-c', '-p', 'b');
    const { stderr } = await w.chat('-c', '-p', 'c', '--max-context', '60', '--max-tokens', '10');
    expect(stderr).toMatch(/longer than the about 50 tokens .* its oldest turn was not sent/);
    expect(w.sent()).toEqual(['b', 're: b', 'c']);
    await w.chat('-c', '-p', 'd');
    expect(w.sent()).toHaveLength(7);
    expect(await w.chat('-c', '-p', 'd', '--max-context', '0')).toMatchObject({ code: 2 });
  });

  test('-c loses no turn when several programs write at once', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', '0');
    const runs = Array.from({ length: 6 }, (_, n) => w.chat('-c', 'talk', '-p', String(n + 1)));
    for (const { code } of await Promise.all(runs)) expect(code).toBe(0);
    await w.chat('-c', '-p', 'last');
    const questions = w.sent()?.filter((text) => !text.startsWith('re: '));
    expect(questions?.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', 'last']);
  });

  test('-c continues after a damaged line, and --show reports it', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', 'a');
    await w.chat('-c', '-p', 'b');
    await truncate(w.file, (await stat(w.file)).size - 9);
    await w.chat('-c', '-p', 'c');
    expect(w.sent()).toEqual(['a', 're: a', 'c']);
    const { code, stderr } = await w.chat('--show', 'talk');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^1 line of it could not be read/)]);
  });

  test('-c on a full disk shows the answer, saves no part of the turn and exits 8', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', 'a');
    const before = await readFile(w.file, 'utf8');
    // No file may grow beyond 8 blocks of 512 bytes.
    const script = `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`;
    const question = 'x'.repeat(5000);
    const args = [process.execPath, MAIN, 'chat', '-c', '-p', question];
    const shell = spawn('sh', ['-c', script, ...args], {
      env: { ...w.env, PATH: process.env.PATH, HOME: w.home.path },
    });
    shell.stdin.end();
    const [stdout, stderr, [code]] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      once(shell, 'close'),
    ]);
    expect([code, stdout]).toEqual([8, `re: ${question}\n`]);
    expect(stderr).toMatch(/^error: Cannot write to .*talk\.jsonl: /);
    expect(await readFile(w.file, 'utf8')).toBe(before);
    expect(await w.chat('-c', '-p', 'b')).toMatchObject({ code: 0 });
    expect(w.sent()).toEqual(['a', 're: a', 'b']);
  });

  test('-c loses no saved turn when programs are killed at any moment', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', '0');
    const killed = Array.from({ length: 8 }, async (_, n) => {
      const run = w.home.start(['chat', '-c', 'talk', '-p', `${n}-${'x'.repeat(100_000)}`]);
      // From the moment of the answer on the turn is being written.
      await run.seen(/re: /);
      setTimeout(() => run.child.kill('SIGKILL'), n);
      return run.result;
    });
    await Promise.all(killed);
    expect(await w.chat('-c', 'talk', '-p', 'last')).toMatchObject({ code: 0 });
    const { stdout } = await w.chat('--show', 'talk', '--json');
    const { turns } = JSON.parse(stdout) as { turns: { messages: Message[] }[] };
    for (const { messages } of turns)
      expect(messages[1]?.content).toBe(`re: ${messages[0]?.content}`);
    expect(turns[0]?.messages[0]?.content).toBe('0');
    expect(turns.at(-1)?.messages[0]?.content).toBe('last');
  });
});

describe('--new', () => {
  test('--new refuses a name that is taken or invalid', async () => {
    await using w = await conversationWorld();
    await w.chat('--new', 'talk', '-p', 'a');
    expect(await w.chat('--new', 'talk', '-p', 'b')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('-c talk'),
    });
    expect(await w.chat('--new', 'a/b', '-p', 'b')).toMatchObject({ code: 2 });
    expect(w.models()).toHaveLength(1);
  });

  test('--new leaves no file without an answer', async () => {
    await using w = await conversationWorld();
    for (let times = 0; times < 2; times += 1) {
      expect(await w.chat('--new', 'talk', '-p', 'a', '--auth', 'oauth')).toMatchObject({
        code: 3,
      });
    }
    expect(await readdir(dirname(w.file))).toEqual([]);
  });

  test('--new, -c and --messages exclude each other', async () => {
    await using w = await conversationWorld();
    expect(await w.chat('--new', 'a', '-c', 'b', '-p', 'x')).toMatchObject({ code: 2 });
    expect(await w.chat('-c', 'b', '--messages', 'file')).toMatchObject({ code: 2 });
  });
});

test('without a flag chat saves no conversation', async () => {
  await using w = await conversationWorld();
  await w.chat('-p', 'a');
  await expect(readFile(w.file)).rejects.toThrow('ENOENT');
});
