import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { bodyOf, loopback } from '../helpers/loopback.ts';
import { createHome, type Home } from '../helpers/program.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

interface Message {
  role: string;
  content: string;
}

/** A home, and a server that answers `re: QUESTION` and remembers what it was asked. */
async function world() {
  const requests: { model: string; messages: Message[] }[] = [];
  const server = await loopback((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = JSON.parse(body) as { model: string; messages: Message[] };
      requests.push(asked);
      const content = `re: ${asked.messages.at(-1)?.content}`;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }] }));
    });
  });
  const home = await createHome({ OPENAI_BASE_URL: `${server.url}/v1` });
  return {
    home,
    chat: (...args: string[]) => home.run(['chat', ...args]),
    sent: () => requests.at(-1)?.messages.map(({ content }) => content),
    models: () => requests.map(({ model }) => model),
    file: join(home.path, '.config/qwen-demo/conversations/talk.jsonl'),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe('-c', () => {
  test('goes on where the conversation was left, with its system text and model', async () => {
    await using w = await world();
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

  test('without a name goes on with the latest conversation', async () => {
    await using w = await world();
    await w.chat('--new', 'one', '-p', '1');
    await w.chat('--new', 'two', '-p', '2');
    await w.chat('-c', 'one', '-p', '3');
    await w.chat('-p', '4', '-c');
    expect(w.sent()).toEqual(['1', 're: 1', '3', 're: 3', '4']);
  });

  test('without any conversation, or with an unknown name, exits 2 and asks nobody', async () => {
    await using w = await world();
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

  test('leaves out, with a notice, what the model does not take in, and keeps it', async () => {
    await using w = await world();
    await w.chat('--new', 'talk', '-p', 'a'.repeat(300));
    await w.chat('-c', '-p', 'b');
    const { stderr } = await w.chat('-c', '-p', 'c', '--max-context', '60', '--max-tokens', '10');
    expect(stderr).toMatch(/longer than the about 50 tokens .* its oldest turn was not sent/);
    expect(w.sent()).toEqual(['b', 're: b', 'c']);
    await w.chat('-c', '-p', 'd');
    expect(w.sent()).toHaveLength(7);
    expect(await w.chat('-c', '-p', 'd', '--max-context', '0')).toMatchObject({ code: 2 });
  });

  test('loses no turn of several programs at once', async () => {
    await using w = await world();
    await w.chat('--new', 'talk', '-p', '0');
    const runs = Array.from({ length: 6 }, (_, n) => w.chat('-c', 'talk', '-p', String(n + 1)));
    for (const { code } of await Promise.all(runs)) expect(code).toBe(0);
    await w.chat('-c', '-p', 'last');
    const questions = w.sent()?.filter((text) => !text.startsWith('re: '));
    expect(questions?.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', 'last']);
  });

  test('goes on after a torn line, and says so when the conversation is shown', async () => {
    await using w = await world();
    await w.chat('--new', 'talk', '-p', 'a');
    await w.chat('-c', '-p', 'b');
    await truncate(w.file, (await stat(w.file)).size - 9);
    await w.chat('-c', '-p', 'c');
    expect(w.sent()).toEqual(['a', 're: a', 'c']);
    const { code, stderr } = await w.chat('--show', 'talk');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^1 line of it could not be read/)]);
  });

  test('survives programs that are killed at any moment', async () => {
    await using w = await world();
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
  test('refuses a name that is taken, and one that is none', async () => {
    await using w = await world();
    await w.chat('--new', 'talk', '-p', 'a');
    expect(await w.chat('--new', 'talk', '-p', 'b')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('-c talk'),
    });
    expect(await w.chat('--new', 'a/b', '-p', 'b')).toMatchObject({ code: 2 });
    expect(w.models()).toHaveLength(1);
  });

  test('leaves nothing behind where nothing was answered', async () => {
    const home = await createHome(sandbox.environment('key'));
    const args = ['chat', '--new', 'talk', '-p', 'a', '-m', 'no-such-model'];
    expect(await home.run(args)).toMatchObject({ code: 5 });
    expect(await home.run(args)).toMatchObject({ code: 5 });
    expect(await readdir(join(home.path, '.config/qwen-demo/conversations'))).toEqual([]);
    await home[Symbol.asyncDispose]();
  });

  test('and -c exclude each other and a whole message array', async () => {
    await using w = await world();
    expect(await w.chat('--new', 'a', '-c', 'b', '-p', 'x')).toMatchObject({ code: 2 });
    expect(await w.chat('-c', 'b', '--messages', 'file')).toMatchObject({ code: 2 });
  });
});

describe('the conversations', () => {
  async function two(): Promise<Home & AsyncDisposable> {
    const home = await createHome(sandbox.environment('key'));
    await home.run(['chat', '--new', 'sums', '-p', 'What is 17 + 25?']);
    await home.run(['chat', '--new', 'talk', '-p', 'What is 1 + 1?', '--system', 'Be brief.']);
    await home.run(['chat', '-c', 'talk', '-p', 'What is 2 + 2?']);
    return home;
  }

  test('are listed, shown and deleted', async () => {
    await using home = await two();
    const chat = (...args: string[]) => home.run(['chat', ...args]);
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d`;
    const list = await chat('--list');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(
      new RegExp(String.raw`^talk\t2\t${time}\tWhat is 1 \+ 1\?\nsums\t1\t${time}\tWhat is 17`),
    );
    expect(JSON.parse((await chat('--list', '--json')).stdout)).toEqual([
      expect.objectContaining({ name: 'talk', turns: 2, model: 'qwen3-coder-plus' }),
      expect.objectContaining({ name: 'sums', turns: 1, begins: 'What is 17 + 25?' }),
    ]);
    expect((await chat('--show', 'sums')).stdout).toBe(
      '## You\n\nWhat is 17 + 25?\n\n## qwen3-coder-plus\n\n17 + 25 = 42.\n',
    );
    expect(JSON.parse((await chat('--show', 'talk', '--json')).stdout)).toMatchObject({
      name: 'talk',
      system: 'Be brief.',
      turns: [{ finish_reason: 'stop' }, { usage: { total_tokens: expect.any(Number) } }],
    });
    expect(await chat('--delete', 'sums')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Deleted the conversation "sums".\n',
    });
    expect(await chat('--delete', 'sums')).toMatchObject({ code: 2 });
    expect(await chat('--show', 'sums')).toMatchObject({ code: 2 });
    expect((await chat('--list')).stdout).not.toContain('sums');
  });

  test('that are not there are an empty list', async () => {
    await using home = await createHome();
    expect(await home.run(['chat', '--list', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await home.run(['chat', '--list'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('There is no conversation yet'),
    });
  });
});

test('without a flag nothing is kept', async () => {
  await using w = await world();
  await w.chat('-p', 'a');
  await expect(readFile(w.file)).rejects.toThrow('ENOENT');
});
