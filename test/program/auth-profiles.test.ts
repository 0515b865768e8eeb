import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createHome } from '../helpers/program.ts';

/** The only client the sandbox knows. */
const CLIENT = 'f0304373b74a44d2b584a3fb70ca9e56';

async function world() {
  const sandbox = await startSandbox({ auto_approve: true, interval: 0.2 });
  const home = await createHome();
  const folder = dirname(home.credentials);
  return {
    sandbox,
    home,
    files: async () => (await readdir(folder)).toSorted(),
    read: async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8')),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

test('auth login --profile creates the profile and records the flags of the login', async () => {
  await using w = await world();
  const issuer = ['--issuer', w.sandbox.url, '--client-id', CLIENT, '--scope', 'openid email'];
  const resource = ['--resource', 'https://api.example.com/'];
  const login = ['auth', 'login', '--profile', 'work', ...issuer, ...resource];
  const base = ['--base-url', `${w.sandbox.url}/v1`];
  expect(await w.home.run([...login, ...base])).toMatchObject({ code: 0 });
  expect(await w.files()).toEqual(['config.json', 'oauth_creds.work.json']);
  expect((await w.read('config.json')).profiles.work).toEqual({
    auth: 'oauth',
    from_login: ['auth', 'base_url', 'issuer', 'client_id', 'scope', 'resource'],
    base_url: `${w.sandbox.url}/v1`,
    issuer: w.sandbox.url,
    client_id: CLIENT,
    scope: 'openid email',
    resource: ['https://api.example.com/'],
  });
  expect(await w.read('oauth_creds.work.json')).toMatchObject({
    issuer: w.sandbox.url,
    client_id: CLIENT,
    resource: ['https://api.example.com/'],
  });

  const question = ['chat', '-p', 'What is 2 + 3?'];
  expect(await w.home.run([...question, '--profile', 'work'])).toMatchObject({ code: 0 });
  expect(await w.home.run(question, { env: { QWEN_DEMO_PROFILE: 'work' } })).toMatchObject({
    code: 0,
  });
  expect((await w.home.run(question)).code).toBe(3);
});

test('a profile with a login uses it although API keys are in the environment', async () => {
  await using w = await world();
  const env = { QWEN_DEMO_OAUTH_BASE_URL: w.sandbox.url };
  await w.home.run(['auth', 'login', '--profile', 'work'], { env });
  const run = await w.home.run(['chat', '-p', 'What is 2 + 3?', '--profile', 'work'], {
    env: { DASHSCOPE_API_KEY: 'sk-x', OPENAI_BASE_URL: 'http://127.0.0.1:9' },
  });
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('5') });
});

test('the default login writes no config.json', async () => {
  await using w = await world();
  await w.home.run(['auth'], { env: { QWEN_DEMO_OAUTH_BASE_URL: w.sandbox.url } });
  expect(await w.files()).toEqual(['oauth_creds.json']);
});
