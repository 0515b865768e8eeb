import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, says } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { choices, content, frames, recordingApi, STOP } from '../helpers/recording-api.ts';

const answers = (text: string) =>
  json(200, { choices: [{ message: { content: text }, finish_reason: 'stop' }] });

let home: Home;
beforeAll(async () => (home = await createHome()));
afterAll(() => home[Symbol.asyncDispose]());

describe('in a pipe', () => {
  test('in a pipe chat requests a complete answer, and a stream with -s', async () => {
    await using api = await recordingApi(answers('ok'));
    await home.run(['chat', '-p', 'x'], { env: api.env });
    await home.run(['chat', '-p', 'x', '-s'], { env: api.env });
    await home.run(['chat', '-p', 'x', '-s', '--no-stream'], { env: api.env });
    expect(api.asked.map(({ stream }) => stream)).toEqual([false, true, false]);
  });

  test('in a pipe the bytes of an answer are unchanged, unless --sanitize is given', async () => {
    const hostile = 'a\u001B]0;title\u0007b\u202Ec';
    await using api = await recordingApi(answers(hostile));
    const args = ['chat', '-p', 'x'];
    expect((await home.run(args, { env: api.env })).stdout).toBe(`${hostile}\n`);
    const safe = await home.run([...args, '--sanitize'], { env: api.env });
    expect(safe.stdout).toBe('ab\\u{202e}c\n');
  });

  test('in a pipe --markdown changes nothing', async () => {
    await using api = await recordingApi(answers('# **a**'));
    const result = await home.run(['chat', '-p', 'x', '--markdown'], { env: api.env });
    expect(result.stdout).toBe('# **a**\n');
  });
});

describe('reasoning', () => {
  test('reasoning goes to stderr, and --hide-reasoning drops it', async () => {
    const thinks = choices({ delta: { reasoning_content: 'hm\n' } }, content('a'), STOP);
    await using api = await recordingApi(thinks);
    const args = ['chat', '-p', 'x', '-s'];
    expect(await home.run(args, { env: api.env })).toMatchObject({ stdout: 'a\n', stderr: 'hm\n' });
    const hidden = await home.run([...args, '--hide-reasoning'], { env: api.env });
    expect(hidden).toMatchObject({ stdout: 'a\n', stderr: '' });
  });
});

describe('--usage', () => {
  test('--usage shows tokens, time and speed on stderr', async () => {
    await using api = await recordingApi(
      frames(
        { choices: [content('a')] },
        { choices: [STOP] },
        {
          choices: [],
          usage: {
            prompt_tokens: 18,
            completion_tokens: 4,
            prompt_tokens_details: { cached_tokens: 16 },
          },
        },
        '[DONE]',
      ),
    );
    const result = await home.run(['chat', '-p', 'x', '-s', '-u'], { env: api.env });
    expect(result.stdout).toBe('a\n');
    expect(result.stderr).toMatch(
      /^18 prompt \+ 4 completion tokens \(16 cached\), first token \d\.\d\d s, [\d.]+ tokens\/s, \d\.\d\d s in all\n$/,
    );
  });
});

describe('--output', () => {
  test('--output writes the answer to a file and nothing to stdout', async () => {
    await using api = await recordingApi(says('new ', 'text'));
    const path = join(home.path, 'out.txt');
    await writeFile(path, 'old');
    const result = await home.run(['chat', '-p', 'x', '-s', '-o', path], { env: api.env });
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(path, 'utf8')).toBe('new text\n');
  });

  test('--output writes a partial answer to FILE.partial and leaves FILE unchanged', async () => {
    await using api = await recordingApi(choices(content('half')));
    const path = join(home.path, 'kept.txt');
    await writeFile(path, 'old');
    const result = await home.run(['chat', '-p', 'x', '-s', '-o', path], { env: api.env });
    expect(result).toMatchObject({ code: 7, stdout: '' });
    expect(result.stderr).toContain(`What had arrived is in ${path}.partial\n`);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readFile(`${path}.partial`, 'utf8')).toBe('half\n');
    expect((await readdir(home.path)).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  test('--output leaves a file with content unchanged if the answer has no text', async () => {
    const call = { tool_calls: [{ id: '1', function: { name: 'f', arguments: '{}' } }] };
    await using api = await recordingApi(
      choices(STOP),
      choices({ delta: call, finish_reason: 'tool_calls' }),
    );
    const path = join(home.path, 'full.txt');
    await writeFile(path, 'old');
    for (const _ of [1, 2]) {
      const result = await home.run(['chat', '-p', 'x', '-s', '-o', path], { env: api.env });
      expect(result.code).toBe(0);
      expect(result.stderr).toContain(`The answer has no text: ${path} is unchanged\n`);
      expect(await readFile(path, 'utf8')).toBe('old');
    }
  });

  test('--output exits before the request if the file cannot be written: 2 for a folder', async () => {
    await using api = await recordingApi(says('x'));
    for (const [path, code] of [
      [home.path, 2],
      ['new/', 2],
      ['/dev/null/x', 8],
    ] as const) {
      const args = ['chat', '-p', 'x', '-o', path];
      expect(await home.run(args, { env: api.env })).toMatchObject({ code, stdout: '' });
    }
    expect(api.asked).toEqual([]);
  });

  test('--output - writes to stdout', async () => {
    await using api = await recordingApi(answers('ok'));
    const result = await home.run(['chat', '-p', 'x', '-o', '-'], { env: api.env });
    expect(result.stdout).toBe('ok\n');
  });
});

describe('--extract', () => {
  test('--extract prints the code blocks only', async () => {
    await using api = await recordingApi(
      says('Run\n``', '`sh\necho a\n```\nand\n```\nb\n', '```\ndone.'),
    );
    const result = await home.run(['chat', '-p', 'x', '-s', '-x'], { env: api.env });
    expect(result).toEqual({ code: 0, stdout: 'echo a\nb\n', stderr: '' });
  });

  test('--extract exits 7 for an answer without a code block', async () => {
    await using api = await recordingApi(answers('just words'));
    const result = await home.run(['chat', '-p', 'x', '-x'], { env: api.env });
    expect(result).toMatchObject({ code: 7, stdout: '' });
    expect(result.stderr).toContain('holds no code block');
  });

  test('--extract and --json exclude each other', async () => {
    const result = await home.run(['chat', '-p', 'x', '-x', '--json']);
    expect(result).toMatchObject({ code: 2 });
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'conflicting_option' } });
  });
});

describe('--json', () => {
  const call = {
    index: 0,
    id: 'c1',
    type: 'function',
    function: { name: 'weather', arguments: '{"city":"Rome"}' },
  };

  test('--json prints all fields of the answer, with times rounded to 0.1 ms', async () => {
    await using api = await recordingApi(
      frames(
        { id: 'r1', model: 'real', choices: [{ delta: { reasoning_content: 'hm' } }] },
        { choices: [content('a')] },
        { choices: [{ delta: { tool_calls: [call] } }] },
        { choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
        { choices: [], usage: { total_tokens: 7 } },
      ),
    );
    const args = ['chat', '-p', 'x', '--json', '--enable-thinking'];
    const { stdout, stderr } = await home.run(args, { env: api.env });
    const document = JSON.parse(stdout);
    expect(document).toEqual({
      model: 'real',
      content: 'a',
      reasoning: 'hm',
      tool_calls: [{ id: 'c1', name: 'weather', arguments: '{"city":"Rome"}' }],
      finish_reason: 'tool_calls',
      usage: { total_tokens: 7 },
      request_id: 'r1',
      endpoint: `${api.url}/v1`,
      streamed: true,
      chunks: 3,
      timings: {
        headers: expect.any(Number),
        first_token: expect.any(Number),
        total: expect.any(Number),
      },
    });
    for (const time of Object.values<number>(document.timings)) {
      expect(String(time)).toMatch(/^\d+(\.\d)?$/);
    }
    expect(stderr).toBe('The model wants to call weather: nothing was run (see --json).\n');
  });

  test('--json with -s prints one event per line, and the last one is the complete answer', async () => {
    await using api = await recordingApi(
      choices({ delta: { reasoning_content: 'hm' } }, content('a\nb'), STOP),
    );
    const { stdout } = await home.run(['chat', '-p', 'x', '--json', '-s'], { env: api.env });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'content', text: 'a\nb' },
      expect.objectContaining({ type: 'done', content: 'a\nb', finish_reason: 'stop' }),
    ]);
  });
});
