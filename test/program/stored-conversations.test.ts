import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { modelApi, says } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

async function two(): Promise<Home & AsyncDisposable> {
  const home = await createHome(sandbox.environment('key'));
  await home.run(['chat', '--new', 'sums', '-p', 'What is 17 + 25?']);
  await home.run(['chat', '--new', 'talk', '-p', 'What is 1 + 1?', '--system', 'Be brief.']);
  await home.run(['chat', '-c', 'talk', '-p', 'What is 2 + 2?']);
  return home;
}

test('--list, --show and --delete work on saved conversations', async () => {
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

test('--list --json prints an empty array without conversations', async () => {
  await using home = await createHome();
  expect(await home.run(['chat', '--list', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
  expect(await home.run(['chat', '--list'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('There is no conversation yet'),
  });
});

test('a conversation may hold kinds of content that only the model knows', async () => {
  await using api = await modelApi({ m: says('heard') });
  await using home = await createHome({ OPENAI_BASE_URL: `${api.url}/v1`, OPENAI_MODEL: 'm' });
  const chat = (...args: string[]) => home.run(['chat', ...args]);
  const content = [
    { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
    { type: 'text', text: null },
    { type: 'image_url', image_url: null },
  ];
  const messages = [
    { role: 'user', content },
    { role: 'assistant', content: 'heard' },
  ];
  const turn = { type: 'turn', id: '1', at: 0, model: 'm', messages };
  const folder = join(home.path, '.config/qwen-demo/conversations');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'odd.jsonl'), `${JSON.stringify(turn)}\n`);
  expect(await chat('-c', 'odd', '-p', 'more')).toMatchObject({ code: 0, stdout: 'heard\n' });
  expect(await chat('--list')).toMatchObject({ code: 0 });
  const { code, stdout } = await chat('--show', 'odd');
  expect(code).toBe(0);
  expect(stdout).toContain('## You\n\n(input_audio)\n\n(text)\n\n(image_url)\n');
});
