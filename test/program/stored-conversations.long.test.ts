import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { createInProcessHome } from '../helpers/in-process-home.ts';
import { modelApi, says } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { onTerminal } from '../helpers/pty.ts';

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
    new RegExp(
      String.raw`^talk\t2\t${time}\tqwen3-coder-plus\t1 KiB\tWhat is 1 \+ 1\?\n` +
        String.raw`sums\t1\t${time}\tqwen3-coder-plus\t1 KiB\tWhat is 17`,
    ),
  );
  expect(JSON.parse((await chat('--list', '--json')).stdout)).toEqual([
    expect.objectContaining({
      name: 'talk',
      turns: 2,
      model: 'qwen3-coder-plus',
      size: expect.any(Number),
    }),
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

test('--search finds a text in questions and answers, in any case and across lines', async () => {
  await using home = await two();
  const search = (text: string, ...more: string[]) => home.run(['chat', '--search', text, ...more]);
  const found = await search('WHAT  is 1');
  expect(found).toMatchObject({ code: 0, stderr: '' });
  const rows = found.stdout.trimEnd().split('\n');
  expect(rows.map((row) => row.split('\t').toSpliced(2, 1))).toEqual([
    ['talk', '1', 'user', 'What is 1 + 1?'],
    ['sums', '1', 'user', 'What is 17 + 25?'],
  ]);
  expect(JSON.parse((await search('= 42', '--json')).stdout)).toEqual([
    { name: 'sums', turn: 1, role: 'assistant', at: expect.any(Number), excerpt: '17 + 25 = 42.' },
  ]);
  expect(await search('nowhere')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'No kept conversation holds this text.\n',
  });
  expect(await search(' ')).toMatchObject({ code: 2 });
});

test('--list and --search cut a text between characters, not within an emoji', async () => {
  await using home = await createInProcessHome();
  home.answer((_, response) => {
    response.end('{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}');
  });
  const faces = '\u{1F600}'.repeat(110);
  const env = { OPENAI_BASE_URL: home.url };
  await home.run(['chat', '--new', 'faces', `x${faces} needley${faces}`], env);
  const [{ begins }] = JSON.parse((await home.run(['chat', '--list', '--json'])).stdout);
  const searched = await home.run(['chat', '--search', 'needle', '--json']);
  const [{ excerpt }] = JSON.parse(searched.stdout);
  expect(begins).toBe(`x${faces.slice(0, 198)}`);
  expect(excerpt).toBe(`…${faces.slice(0, 58)} needley${faces.slice(0, 58)}…`);
});

test('--search names a conversation that it cannot read, and searches the others', async () => {
  await using home = await two();
  await mkdir(join(home.path, '.config/qwen-demo/conversations/broken.jsonl'));
  const { code, stdout, stderr } = await home.run(['chat', '--search', '42']);
  expect({ code, found: stdout.split('\t')[0] }).toEqual({ code: 0, found: 'sums' });
  expect(stderr).toContain('Not searched: ');
});

test('--delete asks at a terminal, and --yes does not', async () => {
  await using home = await two();
  const at = (...args: string[]) => onTerminal(['chat', ...args], { env: { HOME: home.path } });
  for (const [answer, result] of [
    ['\r', 'Nothing was deleted.'],
    ['y\r', 'Deleted the conversation "talk".'],
  ] as const) {
    const program = at('--delete', 'talk');
    await program.seen(/Delete the conversation "talk" \(2 turns\)\? \[y\/N\] /);
    program.type(answer);
    expect(await program.exit).toBe(0);
    expect(await program.screen()).toContain(result);
  }
  const stopped = at('--delete', 'sums');
  await stopped.seen(/\[y\/N\] /);
  stopped.type('\u0003');
  expect(await stopped.exit).toBe(130);
  const program = at('--delete', 'sums', '--yes');
  expect(await program.exit).toBe(0);
  expect((await program.screen()).join('\n')).toContain('Deleted the conversation "sums".');
});

test('--delete asks for a conversation that cannot be read too, and deletes it', async () => {
  await using home = await two();
  const path = join(home.path, '.config/qwen-demo/conversations/odd.jsonl');
  execFileSync('mkfifo', [path]);
  const program = onTerminal(['chat', '--delete', 'odd'], { env: { HOME: home.path } });
  await program.seen(/"odd" \(which cannot be read\)\? \[y\/N\] /);
  program.type('y\r');
  expect(await program.exit).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test('--show --markdown renders a conversation at a terminal', async () => {
  await using home = await two();
  const program = onTerminal(['chat', '--show', 'sums', '--markdown'], {
    env: { HOME: home.path },
  });
  expect(await program.exit).toBe(0);
  expect(program.raw()).toContain('\u001B[1m## qwen3-coder-plus');
  const piped = await home.run(['chat', '--show', 'sums', '--markdown']);
  expect(piped.stdout).toMatch(/^## You\n/);
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
