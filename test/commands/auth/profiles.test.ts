import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createInProcessHome, type InProcessHome } from '../../helpers/in-process-home.ts';

const KEY = { api_key: 'sk-secret-key', endpoint: 'http://127.0.0.1:9/v1' };
const LOGIN = {
  access_token: 'at-secret',
  refresh_token: 'rt-secret',
  token_type: 'Bearer',
  expiry_date: 4_102_444_800_000,
  issuer: 'https://login.example.com',
  client_id: 'c1',
  resource_url: 'http://127.0.0.1:9/v1',
};

let w: InProcessHome;
beforeAll(async () => {
  w = await createInProcessHome();
});
afterAll(() => w[Symbol.asyncDispose]());
beforeEach(() =>
  w.furnish([
    ['config.json', JSON.stringify({ profiles: { work: { model: 'm1' } } })],
    ['oauth_creds.work.json', JSON.stringify(LOGIN)],
    ['api_key.forgotten.json', JSON.stringify(KEY)],
    ['oauth_creds.broken.json', '{'],
  ]),
);

const status = async (env = {}, ...flags: string[]) => {
  const { stdout } = await w.run(['auth', 'status', '--json', ...flags], env);
  return JSON.parse(stdout).profile;
};

test('auth list shows every profile, in config.json or not, without a secret', async () => {
  const { code, stdout, stderr } = await w.run(['auth', 'list']);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split('\t').slice(0, 4))).toEqual([
    ['default', 'default', 'nothing', ''],
    ['work', '', 'login', 'https://login.example.com'],
    ['broken', '', 'not usable', ''],
    ['forgotten', '', 'API key, not used', KEY.endpoint],
  ]);
  expect(lines[1]).toContain('2100-01-01');
  expect(lines[1]).toContain('oauth_creds.work.json');
  expect(stdout).not.toContain('secret');
});

test('auth list --json does not depend on variables that hold keys or settings', async () => {
  const env = { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: 'http://x/v1', QWEN_DEMO_AUTH: 'api-key' };
  const { stdout } = await w.run(['auth', 'list', '--json'], env);
  expect(stdout).toBe((await w.run(['auth', 'list', '--json'])).stdout);
  const { default: name, profiles } = JSON.parse(stdout);
  expect(name).toBe('default');
  expect(profiles[1]).toMatchObject({ name: 'work', login: { client_id: 'c1', expired: false } });
  expect(profiles[3]).toMatchObject({ name: 'forgotten', api_key: { endpoint: KEY.endpoint } });
});

test('every command uses the profile of auth switch until auth switch default', async () => {
  expect(await w.run(['auth', 'switch', 'work'])).toMatchObject({ code: 0, stderr: '' });
  expect(await status()).toMatchObject({
    value: 'work',
    source: 'default_profile in config.json',
  });
  expect((await w.run(['auth', 'list'])).stdout).toMatch(/^work\tdefault\tlogin/m);
  expect((await w.run(['auth', 'switch', 'default'])).code).toBe(0);
  expect(await status()).toMatchObject({ value: 'default', source: 'default' });
  expect(JSON.parse(await w.read('config.json'))).toEqual({ profiles: { work: { model: 'm1' } } });
});

test('QWEN_DEMO_PROFILE and --profile come before the profile of auth switch, and say so', async () => {
  const env = { QWEN_DEMO_PROFILE: 'default' };
  const { code, stderr } = await w.run(['auth', 'switch', 'work'], env);
  expect([code, stderr]).toEqual([0, expect.stringContaining('QWEN_DEMO_PROFILE is set')]);
  const over = ['default_profile in config.json'];
  expect(await status(env)).toEqual({ value: 'default', source: 'QWEN_DEMO_PROFILE', over });
  expect((await w.run(['auth', 'list'], env)).stdout).toMatch(/^default\tin use by QWEN_DEMO_P/m);
  const flag = await status({}, '--profile', 'default');
  expect(flag).toEqual({ value: 'default', source: '--profile', over });
});

test('auth switch makes a profile usable that is only the file of a key', async () => {
  expect((await w.run(['auth', 'switch', 'forgotten'])).code).toBe(0);
  const { code, stdout } = await w.run(['auth', 'status']);
  expect([code, stdout]).toEqual([0, expect.stringContaining(KEY.endpoint)]);
});

test('auth switch refuses a name that no profile has with the nearest one, and changes nothing', async () => {
  const before = await w.read('config.json');
  const { code, stderr } = await w.run(['auth', 'switch', 'wrok']);
  expect(code).toBe(2);
  expect(stderr).toContain('no profile "wrok"; did you mean work?');
  expect(stderr).toContain('default, work, broken, forgotten');
  expect(await w.read('config.json')).toBe(before);
});

/** A server that accepts every key and answers every model request. */
const accepting = (_: unknown, response: ServerResponse) =>
  void response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ object: 'list', data: [], choices: [] }));

test('auth logout removes the settings that a key brought, and leaves those of the user', async () => {
  w.answer(accepting);
  const key = ['auth', 'login', '--with-api-key', '--profile', 'work', '--base-url', `${w.url}/v1`];
  expect((await w.run(key, {}, 'sk-secret')).code).toBe(0);
  const { profiles } = JSON.parse(await w.read('config.json'));
  expect(profiles.work).toMatchObject({ auth: 'api-key', base_url: `${w.url}/v1`, model: 'm1' });
  const { code, stdout } = await w.run(['auth', 'logout', '--profile', 'work']);
  expect(code).toBe(0);
  expect(stdout).toContain('Deleted from profile work in config.json: auth, base_url.');
  expect(JSON.parse(await w.read('config.json'))).toEqual({ profiles: { work: { model: 'm1' } } });
});

test('auth logout leaves a base URL that the user wrote before a key was stored for it', async () => {
  w.answer(accepting);
  const base_url = `${w.url}/v1`;
  await w.put('config.json', JSON.stringify({ profiles: { work: { base_url } } }));
  await w.run(['auth', 'login', '--with-api-key', '--profile', 'work'], {}, 'sk-secret');
  await w.run(['auth', 'logout', '--profile', 'work']);
  expect(JSON.parse(await w.read('config.json'))).toEqual({ profiles: { work: { base_url } } });
});

test('auth logout removes what a login brought, with --all too, but not for another file', async () => {
  const from_login = ['auth', 'issuer', 'client_id', 'store_unknown'];
  const work = { auth: 'oauth', issuer: 'https://login.example.com', client_id: 'c', from_login };
  await w.put('config.json', JSON.stringify({ profiles: { work: { ...work, timeout: 5 } } }));
  await w.run(['auth', 'logout', '--profile', 'work', '--credentials', `${w.home}/other.json`]);
  expect(JSON.parse(await w.read('config.json')).profiles.work.issuer).toBe(work.issuer);
  const { code, stdout } = await w.run(['auth', 'logout', '--all']);
  expect([code, stdout]).toEqual([0, expect.stringContaining(': auth, issuer, client_id.')]);
  expect(JSON.parse(await w.read('config.json'))).toEqual({ profiles: { work: { timeout: 5 } } });
});

test('a login that a key in the environment comes before says so, and how to choose', async () => {
  w.answer((_, response) => void response.writeHead(500).end());
  const issuer = ['--issuer', w.url, '--client-id', 'c', '--device-endpoint', `${w.url}/d`];
  const login = ['auth', 'login', ...issuer, '--token-endpoint', `${w.url}/t`];
  const { stderr } = await w.run(login, { DASHSCOPE_API_KEY: 'sk-secret' });
  expect(stderr).toContain('Warning: DASHSCOPE_API_KEY is set and comes before this login');
  expect(stderr).toContain('--auth oauth');
  expect(stderr).toMatch(/unset DASHSCOPE_API_KEY\n/);
  expect(stderr).not.toContain('sk-secret');
  const named = [...login, '--profile', 'new'];
  expect((await w.run(named, { DASHSCOPE_API_KEY: 'sk-secret' })).stderr).not.toContain('Warning');
  const chosen = await w.run(login, { DASHSCOPE_API_KEY: 'sk-x', QWEN_DEMO_AUTH: 'oauth' });
  expect(chosen.stderr).not.toContain('Warning');
});

test('auth status names a stored login and a stored key that are not used', async () => {
  await w.put('oauth_creds.json', JSON.stringify(LOGIN));
  await w.put('api_key.json', JSON.stringify(KEY));
  const unused = async (env: Record<string, string>) =>
    JSON.parse((await w.run(['auth', 'status', '--json'], env)).stdout).unused;
  const [login, key] = [`login in ${w.home}/oauth_creds.json`, `API key in ${w.home}/api_key.json`];
  expect(await unused({})).toEqual([key]);
  expect(await unused({ DASHSCOPE_API_KEY: 'sk-x' })).toEqual([login, key]);
  expect(await unused({ QWEN_DEMO_AUTH: 'api-key' })).toEqual([login]);
});
