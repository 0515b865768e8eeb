import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createHome, MAIN } from '../helpers/program.ts';
import { onTerminal } from '../helpers/pty.ts';

async function world() {
  const sandbox = await startSandbox();
  const home = await createHome();
  const folder = dirname(home.credentials);
  const base = ['--base-url', `${sandbox.url}/v1`];
  return {
    sandbox,
    home,
    folder,
    base,
    store: (args: string[], input = `${sandbox.api_key}\n`) =>
      home.run(['auth', 'login', '--with-api-key', ...args], { input }),
    config: async () => JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

const QUESTION = ['chat', '-p', 'What is 2 + 3?'];

test('auth login --with-api-key tests a key from standard input, stores it for its endpoint, and later commands use it', async () => {
  await using w = await world();
  const { code, stdout, stderr } = await w.store(w.base);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^The API key is stored\.\n/);
  expect(stdout).toMatch(/test +ok, qwen3-coder-plus answered in \d+ ms/);
  expect(stdout).not.toContain(w.sandbox.api_key);

  const file = join(w.folder, 'api_key.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    api_key: w.sandbox.api_key,
    endpoint: `${w.sandbox.url}/v1`,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await w.config()).toEqual({
    profiles: {
      default: {
        auth: 'api-key',
        base_url: `${w.sandbox.url}/v1`,
        from_login: ['auth', 'base_url'],
      },
    },
  });
  expect(await w.home.run(QUESTION)).toMatchObject({ code: 0, stdout: expect.stringMatching(/5/) });
});

test('the API key of a profile is not used by the default profile', async () => {
  await using w = await world();
  await w.store([...w.base, '--profile', 'work']);
  expect(existsSync(join(w.folder, 'api_key.work.json'))).toBe(true);
  expect((await w.home.run([...QUESTION, '--profile', 'work'])).code).toBe(0);
  expect((await w.home.run(QUESTION)).code).toBe(3);
});

test('an API key that the service refuses is not stored', async () => {
  await using w = await world();
  const { code, stdout, stderr } = await w.store(w.base, 'sk-mistyped-0123456789');
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('refused this key, and it was not stored');
  expect(stderr).not.toContain('sk-mistyped');
  expect(existsSync(w.folder)).toBe(false);
});

test('an API key is stored when the service cannot be reached to test it', async () => {
  await using w = await world();
  const stored = await w.store(['--base-url', 'http://127.0.0.1:9/v1', '--json'], 'sk-x');
  expect(stored.code).toBe(0);
  expect(JSON.parse(stored.stdout)).toMatchObject({
    type: 'success',
    profile: 'default',
    endpoint: 'http://127.0.0.1:9/v1',
    test: expect.stringMatching(/^not conclusive: 127\.0\.0\.1:9 refused the connection/),
  });
});

test.each([
  ['nothing', ''],
  ['two words', 'sk-a sk-b'],
  ['two lines', 'sk-a\nsk-b'],
  ['a typographic quote', '“sk-a”'],
  ['a control character', 'sk-\u0007a'],
  ['a whole file', 'x'.repeat(10_000)],
])(
  'auth login --with-api-key refuses %s on standard input and writes nothing',
  async (_, input) => {
    await using w = await world();
    const { code, stderr } = await w.store(w.base, input);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*(not an API key|no API key|too long)/);
    expect(stderr).not.toContain('sk-');
    expect(existsSync(w.folder)).toBe(false);
  },
);

test('a stored API key is not sent to another endpoint', async () => {
  await using w = await world();
  await w.store(w.base);
  const run = await w.home.run([...QUESTION, '--plan', 'coding']);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('There is no API key for coding.dashscope.aliyuncs.com');
  expect(run.stderr).toContain(`The stored key is for ${w.sandbox.url}/v1`);
  expect(run.stderr.replace(/\s+/g, ' ')).toContain('To use it, leave out --plan.');
});

test('the endpoint of a plan is stored by the name of the plan', async () => {
  await using w = await world();
  // A proxy that is not there keeps the test request from leaving this machine.
  const env = { HTTPS_PROXY: 'http://127.0.0.1:9' };
  const args = ['auth', 'login', '--with-api-key', '--plan', 'coding', '--region', 'intl'];
  const { code } = await w.home.run(args, { env, input: 'sk-x' });
  expect(code).toBe(0);
  expect(await w.config()).toEqual({
    profiles: {
      default: {
        auth: 'api-key',
        plan: 'coding',
        region: 'intl',
        from_login: ['auth', 'plan', 'region'],
      },
    },
  });
});

test('auth login --with-api-key names a variable whose key takes precedence', async () => {
  await using w = await world();
  const args = ['auth', 'login', '--with-api-key', ...w.base];
  const env = { OPENAI_BASE_URL: `${w.sandbox.url}/v1`, OPENAI_API_KEY: 'other' };
  const { code, stderr } = await w.home.run(args, { env, input: w.sandbox.api_key });
  expect([code, stderr]).toEqual([0, 'OPENAI_API_KEY is set and comes first.\n']);
});

test('a login replaces the API key of a profile and drops the endpoint of the key', async () => {
  await using w = await world();
  await w.store(['--base-url', 'http://127.0.0.1:9/v1']);
  await using issuer = await startAutoApproving();
  const env = { QWEN_DEMO_OAUTH_BASE_URL: issuer.url };
  expect((await w.home.run(['auth'], { env })).code).toBe(0);
  expect(await w.config()).toEqual({
    profiles: { default: { auth: 'oauth', from_login: ['auth'] } },
  });
  expect((await w.home.run(QUESTION)).code).toBe(0);
});

test('--with-api-key conflicts with the flags of an OAuth login', async () => {
  await using w = await world();
  const run = await w.store(['--issuer', 'https://login.example.com']);
  expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('--issuer') });
});

test('on a terminal the API key is typed at a hidden prompt that names the host', async () => {
  await using w = await world();
  const args = ['auth', 'login', '--with-api-key', ...w.base];
  const auth = onTerminal(args, { env: { HOME: w.home.path } });
  await auth.seen(/API key for 127\.0\.0\.1:\d+ \(not shown\): /);
  auth.type(`${w.sandbox.api_key}\r`);
  expect(await auth.exit).toBe(0);
  expect(auth.raw()).not.toContain(w.sandbox.api_key);
  expect((await auth.screen()).join('\n')).toContain('The API key is stored.');
});

test('Ctrl-C at the prompt for an API key exits 130, stores nothing and restores the terminal', async () => {
  await using w = await world();
  const command = [process.execPath, MAIN, 'auth', 'login', '--with-api-key', ...w.base];
  const shell = spawn('/bin/sh', ['-c', '"$@"; echo "code $?"; stty -a', 'sh', ...command], {
    env: { PATH: process.env.PATH, HOME: w.home.path },
  });
  let screen = '';
  shell.onData((data) => {
    screen += data;
    if (screen.endsWith('(not shown): ')) shell.write('sk-half\u0003');
  });
  await new Promise((resolve) => shell.onExit(resolve));
  expect(screen).toContain('code 130\r\n');
  expect(screen).not.toContain('sk-half');
  // Lines are put together and shown again, and Ctrl-C is a signal again.
  for (const mode of ['icanon', 'echo', 'isig'])
    expect(screen).toMatch(new RegExp(`\\s${mode}\\b`));
  expect(existsSync(w.folder)).toBe(false);
});

async function startAutoApproving() {
  const sandbox = await startSandbox({ auto_approve: true, interval: 0.2 });
  return { url: sandbox.url, [Symbol.asyncDispose]: () => sandbox.close() };
}
