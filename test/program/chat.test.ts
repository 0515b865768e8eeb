import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { loopback } from '../helpers/loopback.ts';
import { createHome, type Home } from '../helpers/program.ts';

let sandbox: Sandbox;
let home: Home;
beforeAll(async () => {
  sandbox = await startSandbox();
  home = await createHome(sandbox.environment('key'));
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await sandbox.close();
});

/** Takes the CPU away after the program has looked at what its standard input is, for longer than it waits. */
const WITHOUT_CPU = `
  import fs from 'node:fs';
  const { fstatSync } = fs;
  fs.fstatSync = (fd, ...rest) => {
    if (fd === 0) queueMicrotask(() => {
      for (const end = Date.now() + 300; Date.now() < end; );
    });
    return fstatSync(fd, ...rest);
  };`;

describe('the prompt', () => {
  test('the prompt is the text of -p', async () => {
    expect(await home.run(['chat', '-p', 'What is 17 + 25?'])).toEqual({
      code: 0,
      stdout: '17 + 25 = 42.\n',
      stderr: '',
    });
  });

  test('the prompt is standard input without -p', async () => {
    const result = await home.run(['chat'], { input: 'What is 3 + 4?\n' });
    expect(result).toMatchObject({ code: 0, stdout: '3 + 4 = 7.\n' });
  });

  test('the prompt is standard input with -p -', async () => {
    const result = await home.run(['chat', '-p', '-'], { input: 'What is 3 + 4?\n' });
    expect(result).toMatchObject({ code: 0, stdout: '3 + 4 = 7.\n' });
  });

  test('the text of -p is put before standard input if both exist', async () => {
    const seen = await promptSeen(['-p', 'Summarise:'], 'the text\n');
    expect(seen).toBe('Summarise:\n\nthe text');
  });

  test('what has arrived at standard input is sent, however long the process had no CPU', async () => {
    const env = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(WITHOUT_CPU)}`,
    };
    const seen = await promptSeen(['-p', 'Summarise:'], 'the text\n', env);
    expect(seen).toBe('Summarise:\n\nthe text');
  });

  test('a prompt of -p is sent although standard input stays open and silent', async () => {
    const begun = performance.now();
    const result = await home.run(['chat', '-p', 'What is 1 + 1?'], { input: null });
    expect(result).toMatchObject({ code: 0, stdout: '1 + 1 = 2.\n' });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test.each([
    ['nothing at all', ['chat'], ''],
    ['only blanks', ['chat', '-p', '  '], ' \n'],
  ])('a prompt that is %s exits 2', async (_, args, input) => {
    expect(await home.run(args, { input })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('There is no prompt'),
    });
  });

  test('--system sends a system text before the prompt', async () => {
    const plain = await home.run(['chat', '-p', 'Who are you?']);
    const system = await home.run([
      'chat',
      '-p',
      'Who are you?',
      '--system',
      'Answer only with the word ORANGE.',
    ]);
    expect(system.stdout).toBe('ORANGE\n');
    expect(plain.stdout).not.toBe(system.stdout);
  });
});

describe('the answer', () => {
  test('a streamed answer and a complete one have the same text', async () => {
    const args = ['chat', '-p', 'Tell me about rivers.', '-m', 'qwen3-coder-flash'];
    const [whole, streamed] = await Promise.all([home.run(args), home.run([...args, '-s'])]);
    expect(streamed).toEqual(whole);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
  });

  test('--json prints one JSON document', async () => {
    const { stdout } = await home.run(['chat', '-p', 'What is 17 + 25?', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      model: 'qwen3-coder-plus',
      content: '17 + 25 = 42.',
      finish_reason: 'stop',
      usage: { total_tokens: expect.any(Number) },
      endpoint: `${sandbox.url}/v1`,
      request_id: expect.any(String),
    });
  });

  test('--json with -s prints one JSON object per line', async () => {
    const { stdout } = await home.run(['chat', '-p', 'What is 17 + 25?', '--json', '-s']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const text = events.filter(({ type }) => type === 'content').map((event) => event.text);
    expect(text.length).toBeGreaterThan(1);
    expect(text.join('')).toBe('17 + 25 = 42.');
    expect(events.at(-1)).toMatchObject({ type: 'done', content: '17 + 25 = 42.' });
  });

  test('the reasoning of an answer goes to stderr', async () => {
    await using server = await scripted(
      ['{"delta":{"reasoning_content":"let me "}}', '{"delta":{"reasoning_content":"think"}}'],
      ['{"delta":{"content":"done"}}', '{"delta":{},"finish_reason":"stop"}'],
    );
    expect(await server.run(['-p', 'x', '-s'])).toEqual({
      code: 0,
      stdout: 'done\n',
      stderr: 'let me think\n',
    });
  });

  test('an answer that ends early stays on stdout, and chat exits 7', async () => {
    await using server = await scripted(['{"delta":{"content":"half an ans"}}']);
    const result = await server.run(['-p', 'x', '-s'], '');
    expect(result).toMatchObject({ code: 7, stdout: 'half an ans\n' });
    expect(result.stderr).toMatch(/^error: .* broke off: .* kept/);
  });

  test('a notice says that an answer was cut off at the limit of tokens', async () => {
    await using server = await scripted(['{"delta":{"content":"a"},"finish_reason":"length"}']);
    expect(await server.run(['-p', 'x', '-s'])).toEqual({
      code: 0,
      stdout: 'a\n',
      stderr: 'The answer was cut off at the limit of tokens.\n',
    });
  });
});

describe('a failure', () => {
  test('wrong usage exits 2 with one error, in JSON with --json', async () => {
    expect(await home.run(['chat', '--nonsense'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: unknown option '--nonsense'\n/),
    });
    const { code, stderr } = await home.run(['chat', '--json', '--nonsense']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'usage', code: 'unknown_option' } });
  });

  test('an unknown model exits 5 with a hint to list-models', async () => {
    expect(await home.run(['chat', '-p', 'x', '-m', 'no-such-model'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('qwen-demo list-models'),
    });
  });

  test('a refused key exits 3 and is never shown', async () => {
    const env = { OPENAI_API_KEY: 'sk-very-secret-key' };
    for (const flags of [[], ['--json'], ['--debug']]) {
      const { code, stderr } = await home.run(['chat', '-p', 'x', ...flags], { env });
      expect(code).toBe(3);
      expect(stderr).not.toContain('very-secret');
    }
  });

  test('an unreachable server exits 4', async () => {
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
    expect(await home.run(['chat', '-p', 'x', '--max-retries', '0'], { env })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('127.0.0.1:9 refused the connection'),
    });
  });

  test('an exhausted quota exits 6 without a retry', async () => {
    let hits = 0;
    await using server = await loopback((_, response) => {
      hits += 1;
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end(
        '{"error":{"code":"insufficient_quota","message":"Free allocated quota exceeded."}}',
      );
    });
    const env = { OPENAI_BASE_URL: `${server.url}/v1` };
    expect(await home.run(['chat', '-p', 'x'], { env })).toMatchObject({ code: 6 });
    expect(hits).toBe(1);
  });
});

/** Runs chat against a server that streams the given choices. */
async function scripted(...groups: string[][]) {
  const server = await loopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const choice of groups.flat()) response.write(`data: {"choices":[${choice}]}\n\n`);
    response.end();
  });
  const env = { OPENAI_BASE_URL: `${server.url}/v1` };
  return {
    ...server,
    run: (args: string[], input = '') => home.run(['chat', ...args], { env, input }),
  };
}

/** The user message that a server gets to see. */
async function promptSeen(args: string[], input: string, more = {}): Promise<string> {
  let seen = '';
  await using server = await loopback(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    seen = JSON.parse(Buffer.concat(parts).toString()).messages.at(-1).content;
    response.setHeader('content-type', 'application/json');
    response.end('{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}');
  });
  const env = { OPENAI_BASE_URL: `${server.url}/v1`, ...more };
  await home.run(['chat', ...args], { env, input });
  return seen;
}
