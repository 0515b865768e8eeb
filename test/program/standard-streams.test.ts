import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endless } from '../helpers/endless.ts';
import { json } from '../helpers/model-api.ts';
import { createHome, type Home, MAIN } from '../helpers/program.ts';
import { recordingApi } from '../helpers/recording-api.ts';

const OK = json(200, { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
const GIF = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64');

let home: Home;
beforeAll(async () => {
  home = await createHome();
});
afterAll(() => home[Symbol.asyncDispose]());

test.skipIf(process.platform !== 'linux').each([
  ['an answer for a closed standard output is an error', 'chat -p x -s >&-; echo $?', '8\n'],
  ['a list for a closed standard output is an error', 'list-models --known >&-; echo $?', '8\n'],
  ['a list for the null device is none', 'list-models --known > /dev/null; echo $?', '0\n'],
  [
    'a version for a full disk says nothing where stderr is full too',
    '--version >& /dev/full; echo $?',
    '8\n',
  ],
])('%s', async (_, command, printed) => {
  await using server = await endless();
  const shell = spawn('bash', ['-c', `"$0" "$1" ${command}`, process.execPath, MAIN], {
    env: { PATH: process.env.PATH, HOME: home.path, ...server.env },
  });
  let [stdout, stderr] = ['', ''];
  shell.stdout.on('data', (text) => (stdout += text));
  shell.stderr.on('data', (text) => (stderr += text));
  await once(shell, 'close');
  expect([stdout, stderr.replace(/EBADF[^]*/, 'EBADF')]).toEqual([
    printed,
    command.includes('>&-') ? 'error: Cannot write to standard output: EBADF' : '',
  ]);
});

test('the output that a program ignores is no closed one', () => {
  const env = { PATH: process.env.PATH, HOME: home.path, _: process.env._ };
  const options = { stdio: 'ignore' as const, env };
  const command = [process.execPath, MAIN, 'list-models', '--known'] as const;
  expect(spawnSync(command[0], command.slice(1), options).status).toBe(0);
  // bash becomes the command.
  expect(spawnSync('bash', ['-c', '"$0" "$@"', ...command], options).status).toBe(0);
});

test.skipIf(process.platform !== 'linux').each([
  ['chat', []],
  ['chat', ['-p', 'x', '-f', '-']],
  ['auth', ['login', '--with-api-key', '--base-url', 'http://127.0.0.1:2/v1']],
])('%s %j says that a standard input for writing cannot be read', async (command, args) => {
  const script = '"$0" "$@" 0> written';
  const shell = spawn('bash', ['-c', script, process.execPath, MAIN, command, ...args], {
    cwd: home.path,
    env: { PATH: process.env.PATH, HOME: home.path, OPENAI_BASE_URL: 'http://127.0.0.1:2/v1' },
  });
  let stderr = '';
  shell.stderr.on('data', (text) => (stderr += text));
  const [code] = await once(shell, 'close');
  expect([code, stderr]).toEqual([
    8,
    'error: Cannot read standard input: bad file descriptor\n  Redirect it from a file that can be read.\n',
  ]);
});

describe('standard input in place of a file', () => {
  test.each<[string[], string | Buffer, unknown]>([
    [['-p', 'x', '-f', '-'], 'abc', 'x\n\nstandard input:\n```\nabc\n```'],
    [['-f', '-'], 'abc', 'standard input:\n```\nabc\n```'],
    [['-p', 'x', '-f', '/dev/stdin'], 'abc', 'x\n\nstandard input:\n```\nabc\n```'],
    [['-p', 'x', '-i', '-'], GIF, [expect.anything(), { type: 'text', text: 'x' }]],
  ])('chat %j sends it', async (args, input, content) => {
    await using api = await recordingApi(OK);
    const result = await home.run(['chat', ...args], { env: api.env, input });
    expect(result).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(api.asked.at(-1)).toMatchObject({ messages: [{ role: 'user', content }] });
  });

  test.each([
    [['-p', '-', '-f', '-']],
    [['-f', '-', '-i', '/dev/stdin']],
    [['--messages', '-', '-f', '-']],
  ])('chat %j names it twice, exit 2', async (args) => {
    const result = await home.run(['chat', ...args], { input: 'x' });
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('can be only one') });
  });
});
