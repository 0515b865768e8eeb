import { chmod, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { put, signedIn } from '../helpers/signed-in-home.ts';

const status = (json: string) => JSON.parse(json);

test('auth status shows the access in use and the source of each setting', async () => {
  await using w = await signedIn();
  const { code, stdout, stderr } = await w.home.run(['auth', 'status']);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('Ready.');
  expect(lines.slice(1).map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['profile', 'default (default)'],
    ['by', 'login (QWEN_DEMO_AUTH)'],
    ['endpoint', `${w.sandbox.url}/v1 (resource_url of the login)`],
    ['location', `${w.home.credentials} (default), mode 0600`],
    ['issuer', w.sandbox.url],
    ['client', 'f0304373b74a44d2b584a3fb70ca9e56'],
    ['token', expect.stringMatching(/^valid until \d{4}-.* \(in 59 min \d+ s\), refreshed/)],
    ['model', 'qwen3-coder-plus (default)'],
  ]);
});

test('auth status --json prints one document without secrets and sends no request', async () => {
  await using w = await signedIn();
  const { code, stdout } = await w.home.run(['auth', 'status', '--json']);
  expect(code).toBe(0);
  expect(status(stdout)).toMatchObject({
    version: 1,
    usable: true,
    problem: null,
    method: { value: 'oauth', source: 'QWEN_DEMO_AUTH' },
    login: {
      location: { value: w.home.credentials },
      mode: '0600',
      issuer: w.sandbox.url,
      expires_at: new Date(w.credentials.expiry_date).toISOString(),
      expired: false,
      refreshable: true,
      refresh_refused: null,
    },
    check: null,
  });
  for (const secret of [w.credentials.access_token, w.credentials.refresh_token]) {
    expect(stdout).not.toContain(secret);
  }
  expect(w.sandbox.requests).toEqual({});
});

test('auth status shows each value with the sources that it takes precedence over', async () => {
  await using w = await signedIn();
  await put(join(dirname(w.home.credentials), 'config.json'), {
    profiles: { default: { base_url: 'http://127.0.0.1:1/v1', model: 'mine' } },
  });
  const env = {
    QWEN_MODEL: 'other',
    OPENAI_BASE_URL: 'https://api.example.com',
    OPENAI_API_KEY: 'k',
  };
  const args = ['auth', 'status', '--json', '--base-url', `${w.sandbox.url}/v1`];
  const { stdout } = await w.home.run(args, { env });
  expect(status(stdout)).toMatchObject({
    endpoint: { source: '--base-url', over: ['profile default'] },
    model: { value: 'other', source: 'QWEN_MODEL', over: ['profile default'] },
    unused: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
  });
});

test('auth status without a login exits 3, and --json still prints one document', async () => {
  await using home = await createHome();
  expect(await home.run(['auth', 'status'])).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/^Not signed in\.\n/),
    stderr: expect.stringContaining('You are not signed in'),
  });
  const { code, stdout, stderr } = await home.run(['auth', 'status', '--json']);
  expect(code).toBe(3);
  expect(status(stdout)).toMatchObject({ usable: false, problem: { code: 'not_signed_in' } });
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'not_signed_in' } });
});

test.each([
  ['expired, to be refreshed', {}],
  ['expired, and used until the API refuses it', { refresh_token: undefined }],
])('auth status shows a login that is %s', async (_, change) => {
  await using w = await signedIn({ change: { expiry_date: 1_000_000, ...change } });
  const run = await w.home.run(['auth', 'status']);
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/token +expired 1970-01-01 .* ago\)/);
  expect(w.refreshes()).toBe(0);
});

test('auth status shows that the server has rejected the refresh token', async () => {
  await using w = await signedIn({ change: { expiry_date: 1, refresh_token: 'never-issued' } });
  expect((await w.home.run(['chat', '-p', 'hi'])).code).toBe(3);
  const run = await w.home.run(['auth', 'status']);
  expect(run.code).toBe(3);
  expect(run.stdout).toMatch(/refresh +127\.0\.0\.1:\d+ no longer accepts this login/);
  expect(w.refreshes()).toBe(1);
});

test('auth status changes no permissions, no file and no folder', async () => {
  await using w = await signedIn({ change: { expiry_date: 1 } });
  await chmod(w.home.credentials, 0o644);
  const folder = dirname(w.home.credentials);
  await utimes(folder, 1, 1);
  const before = await readFile(w.home.credentials, 'utf8');
  const { stdout } = await w.home.run(['auth', 'status']);
  expect(stdout).toContain('mode 0644: open to other users, repaired with the next use');
  expect((await stat(w.home.credentials)).mode & 0o777).toBe(0o644);
  expect(await readFile(w.home.credentials, 'utf8')).toBe(before);
  expect((await stat(folder)).mtimeMs).toBe(1000);
});

test('auth status exits 8 for a damaged credentials file and shows the other settings', async () => {
  await using w = await signedIn();
  await writeFile(w.home.credentials, '{"access_token":');
  const run = await w.home.run(['auth', 'status', '--json']);
  expect(run.code).toBe(8);
  expect(status(run.stdout)).toMatchObject({
    usable: false,
    problem: { kind: 'storage', code: 'credentials_corrupt' },
    profile: { value: 'default' },
  });
});

test('auth status --check sends one request, refreshes first if need be, and shows the result', async () => {
  await using w = await signedIn({ change: { expiry_date: 1 } });
  const run = await w.home.run(['auth', 'status', '--check']);
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/check +ok, qwen3-coder-plus answered in \d+ ms/);
  expect(w.refreshes()).toBe(1);
});

test('auth status --check --json exits 3 with one document when the API refuses the login', async () => {
  await using w = await signedIn({ sandbox: { faults: ['dead-free-tier'] } });
  const run = await w.home.run(['auth', 'status', '--check', '--json']);
  expect(run.code).toBe(3);
  expect(status(run.stdout)).toMatchObject({
    usable: false,
    check: { ok: false, message: expect.stringMatching(/^refused: /) },
  });
});

test('auth status shows the source of an API key and not the key', async () => {
  await using home = await createHome({ DASHSCOPE_API_KEY: 'sk-0123456789' });
  const { code, stdout } = await home.run(['auth', 'status']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/key +from DASHSCOPE_API_KEY\n/);
  expect(stdout).toMatch(/endpoint +https:\/\/dashscope\.aliyuncs\.com\S+ \(DASHSCOPE_API_KEY\)/);
  expect(stdout).not.toContain('sk-');
});

test('auth status accepts a server on loopback without an API key', async () => {
  await using home = await createHome({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' });
  expect(await home.run(['auth', 'status'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/key +none\n/),
  });
});

test('auth status shows the file and the permissions of a stored API key', async () => {
  await using home = await createHome();
  const folder = dirname(home.credentials);
  const endpoint = 'https://api.example.com/v1';
  await mkdir(folder, { recursive: true });
  await put(join(folder, 'api_key.work.json'), { api_key: 'sk-0123456789', endpoint });
  await put(join(folder, 'config.json'), {
    profiles: { work: { auth: 'api-key', base_url: endpoint } },
  });
  const run = await home.run(['auth', 'status', '--json', '--profile', 'work']);
  expect(run.code).toBe(0);
  expect(status(run.stdout)).toMatchObject({
    method: { value: 'api-key', source: 'profile work' },
    api_key: { source: join(folder, 'api_key.work.json'), mode: '0600', loose: false },
  });
  expect(run.stdout).not.toContain('sk-');
});
