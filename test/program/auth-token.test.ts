import { expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';
import { signedIn } from '../helpers/signed-in-home.ts';

const SOON = () => ({ expiry_date: Date.now() + 20_000 });

test('auth token prints the access token, and nothing else', async () => {
  await using w = await signedIn();
  expect(await w.home.run(['auth', 'token'])).toEqual({
    code: 0,
    stdout: `${w.credentials.access_token}\n`,
    stderr: '',
  });
  expect(w.refreshes()).toBe(0);
});

test('auth token refreshes a token that expires within 30 s, and the API accepts the new one', async () => {
  await using w = await signedIn({ change: SOON() });
  const { stdout } = await w.home.run(['auth', 'token']);
  expect([w.refreshes(), stdout]).toEqual([1, `${(await w.stored()).access_token}\n`]);
  const answer = await fetch(`${w.sandbox.url}/v1/models`, {
    headers: { authorization: `Bearer ${stdout.trim()}` },
  });
  expect(answer.status).toBe(200);
});

test('auth token --json prints the expiry and the endpoint', async () => {
  await using w = await signedIn();
  const { stdout } = await w.home.run(['auth', 'token', '--json']);
  expect(JSON.parse(stdout)).toEqual({
    access_token: w.credentials.access_token,
    token_type: 'Bearer',
    expires_at: new Date(w.credentials.expiry_date).toISOString(),
    endpoint: `${w.sandbox.url}/v1`,
  });
});

test('auth token prints a header for curl and variables for a shell', async () => {
  await using w = await signedIn();
  const { access_token } = w.credentials;
  const header = await w.home.run(['auth', 'token', '--format', 'header']);
  expect(header.stdout).toBe(`Authorization: Bearer ${access_token}\n`);
  const { stdout } = await w.home.run(['auth', 'token', '--format', 'env']);
  expect(stdout).toBe(
    `export OPENAI_BASE_URL='${w.sandbox.url}/v1'\nexport OPENAI_API_KEY='${access_token}'\n`,
  );
});

test('auth token --min-ttl refreshes a token that is valid for less, once', async () => {
  await using w = await signedIn({ change: { expiry_date: Date.now() + 300_000 } });
  const short = await w.home.run(['auth', 'token', '--min-ttl', '4m']);
  expect([short.stdout.trim(), w.refreshes()]).toEqual([w.credentials.access_token, 0]);
  const long = await w.home.run(['auth', 'token', '--min-ttl', '10m']);
  expect(long.stdout.trim()).toBe((await w.stored()).access_token);
  const too_long = await w.home.run(['auth', 'token', '--min-ttl', '5h']);
  expect(too_long.stderr).toMatch(/^The token expires in /);
  expect(w.refreshes()).toBe(2);
});

test('auth token does not print an API key of the environment', async () => {
  await using w = await signedIn();
  const env = { QWEN_DEMO_AUTH: '', DASHSCOPE_API_KEY: 'sk-of-the-environment' };
  const { stdout } = await w.home.run(['auth', 'token'], { env });
  expect(stdout).toBe(`${w.credentials.access_token}\n`);
});

test.each([['token'], ['refresh'], ['refresh', '--force']])(
  'auth %s %s without a login exits 3 and prints nothing',
  async (...args) => {
    await using home = await createHome();
    expect(await home.run(['auth', ...args])).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('qwen-demo auth'),
    });
  },
);

test('auth refresh keeps a valid token, and --force refreshes it', async () => {
  await using w = await signedIn();
  const until = /valid until \d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d \(in (59 min|1 h)/;
  expect((await w.home.run(['auth', 'refresh'])).stdout).toMatch(until);
  expect(w.refreshes()).toBe(0);
  const forced = await w.home.run(['auth', 'refresh', '--force']);
  expect(forced).toMatchObject({ code: 0, stderr: '' });
  expect(forced.stdout).toMatch(/^Refreshed: /);
  expect(w.refreshes()).toBe(1);
  const stored = await w.stored();
  expect(stored.access_token).not.toBe(w.credentials.access_token);
  for (const secret of [stored.access_token, stored.refresh_token]) {
    expect(forced.stdout).not.toContain(secret);
  }
});

test('auth refresh --json says whether it refreshed and prints no secrets', async () => {
  await using w = await signedIn({ change: SOON() });
  const first = JSON.parse((await w.home.run(['auth', 'refresh', '--json'])).stdout);
  expect(first).toEqual({
    refreshed: true,
    same_token: false,
    expires_at: new Date((await w.stored()).expiry_date).toISOString(),
    endpoint: `${w.sandbox.url}/v1`,
  });
  const second = JSON.parse((await w.home.run(['auth', 'refresh', '--json'])).stdout);
  expect(second).toEqual({ ...first, refreshed: false });
});

test('auth token exits 3 when the server rejects the refresh token, and the file stays', async () => {
  await using w = await signedIn({ change: { refresh_token: 'unknown' } });
  expect(await w.home.run(['auth', 'refresh', '--force'])).toMatchObject({ code: 3, stdout: '' });
  expect(await w.stored()).toEqual({ ...w.credentials });
});
