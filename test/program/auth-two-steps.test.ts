import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { createHome, type Result } from '../helpers/program.ts';

const CLIENT = ['--client-id', 'f0304373b74a44d2b584a3fb70ca9e56'];

/** Nothing in the environment of the second half says where the first one was. */
async function world(options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ interval: 0.2, ...options });
  const home = await createHome();
  const pending = join(dirname(home.credentials), 'pending_login.json');
  return {
    sandbox,
    home,
    pending,
    async begin(...flags: string[]) {
      const args = [
        'auth',
        'login',
        '--issuer',
        sandbox.url,
        ...CLIENT,
        '--init-only',
        '--json',
        ...flags,
      ];
      const { code, stdout, stderr } = await home.run(args);
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout);
    },
    complete: (...flags: string[]) => home.run(['auth', 'login', '--complete', ...flags]),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

function eventsOf({ stdout }: Result) {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('--init-only prints the verification data and stores the rest in a file of mode 0600', async () => {
  await using w = await world();
  const verification = await w.begin();
  expect(verification).toEqual({
    type: 'verification',
    user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
    verification_uri: `${w.sandbox.url}/authorize`,
    verification_uri_complete: `${w.sandbox.url}/authorize?user_code=${verification.user_code}`,
    expires_in: 600,
    interval: 0.2,
  });
  expect((await stat(w.pending)).mode & 0o777).toBe(0o600);
  expect(existsSync(w.home.credentials)).toBe(false);
  expect(w.sandbox.requests['/api/v1/oauth2/token']).toBeUndefined();
});

test('--complete finishes the login in another process without other flags', async () => {
  await using w = await world();
  const { user_code } = await w.begin('--base-url', `${w.sandbox.url}/v1`);
  w.sandbox.approve(user_code);
  const result = await w.complete();
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('Signed in.') });
  const stored = JSON.parse(await readFile(w.home.credentials, 'utf8'));
  expect(stored).toMatchObject({ issuer: w.sandbox.url, base_url: `${w.sandbox.url}/v1` });
  expect(existsSync(w.pending)).toBe(false);
  expect(await w.home.run(['chat', '-p', 'What is 2 + 3?'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('5'),
  });
});

test('--init-only prints the page, the code and the command that completes the login', async () => {
  await using w = await world();
  const args = [
    'auth',
    'login',
    '--issuer',
    w.sandbox.url,
    ...CLIENT,
    '--init-only',
    '--profile',
    'work',
  ];
  const { code, stdout, stderr } = await w.home.run(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Open http:\S+\/authorize\nand enter the code [A-Z]{4}-[A-Z]{4}\n/);
  expect(stderr).toContain('qwen-demo auth login --complete --profile work\n');
});

test('--complete --json streams one event a line', async () => {
  await using w = await world();
  const { user_code } = await w.begin();
  const completing = w.home.start(['auth', 'login', '--complete', '--json']);
  await completing.seen(/"pending"/);
  w.sandbox.approve(user_code);
  const events = eventsOf(await completing.result);
  expect(events.map(({ type }) => type)).toEqual([
    'verification',
    ...Array.from({ length: events.length - 2 }, () => 'pending'),
    'success',
  ]);
  expect(events[0]).toMatchObject({ user_code });
  expect(events.at(-1)).toMatchObject({
    endpoint: `${w.sandbox.url}/v1`,
    refreshable: true,
    location: w.home.credentials,
    test: expect.stringMatching(/^ok, /),
  });
});

test('--complete can run again after Ctrl-C and after a network failure', async () => {
  await using w = await world();
  const { user_code } = await w.begin();
  const first = w.home.start(['auth', 'login', '--complete', '--json']);
  await first.seen(/"pending"/);
  first.child.kill('SIGINT');
  expect(await first.result).toMatchObject({ code: 130 });

  const kept = await readFile(w.pending, 'utf8');
  const unreachable = kept.replaceAll(w.sandbox.url, 'http://127.0.0.1:9');
  await writeFile(w.pending, unreachable);
  const second = w.home.start(['auth', 'login', '--complete', '--json']);
  await second.seen(/"retry"/);
  second.child.kill('SIGTERM');
  expect(await second.result).toMatchObject({ code: 143 });
  expect(await readFile(w.pending, 'utf8')).toBe(unreachable);

  await writeFile(w.pending, kept);
  w.sandbox.approve(user_code);
  expect(await w.complete()).toMatchObject({ code: 0 });
});

test('--complete exits 3 for a denied login, with the error as the last event and on stderr', async () => {
  await using w = await world();
  w.sandbox.deny((await w.begin()).user_code);
  const result = await w.complete('--json');
  expect(result.code).toBe(3);
  expect(eventsOf(result).at(-1)).toEqual({
    type: 'error',
    ...JSON.parse(result.stderr),
  });
  expect(JSON.parse(result.stderr).error).toMatchObject({ kind: 'auth', code: 'access_denied' });
  expect(existsSync(w.pending)).toBe(false);
  expect(existsSync(w.home.credentials)).toBe(false);
});

test('--complete polls once for a code that has expired, and exits 3', async () => {
  await using w = await world();
  await w.begin();
  const kept = JSON.parse(await readFile(w.pending, 'utf8'));
  kept.device.expires_at = Date.now() - 1000;
  await writeFile(w.pending, JSON.stringify(kept));
  const { code, stderr } = await w.complete('--json');
  expect([code, JSON.parse(stderr).error.code]).toEqual([3, 'expired_token']);
  expect(w.sandbox.requests['/api/v1/oauth2/token']).toBe(1);
  expect(await w.complete('--json')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('"no_pending_login"'),
  });
});

test('each profile has its own pending login', async () => {
  await using w = await world();
  const work = await w.begin('--profile', 'work');
  const own = await w.begin();
  expect((await readdir(dirname(w.pending))).filter((name) => name.startsWith('pending'))).toEqual([
    'pending_login.json',
    'pending_login.work.json',
  ]);
  w.sandbox.approve(work.user_code);
  expect(await w.complete('--profile', 'work')).toMatchObject({ code: 0 });
  expect(existsSync(w.home.credentials)).toBe(false);
  expect(existsSync(w.pending)).toBe(true);
  w.sandbox.approve(own.user_code);
  expect(await w.complete()).toMatchObject({ code: 0 });
});

test('another login keeps the pending one when it fails and deletes it when it succeeds', async () => {
  await using w = await world();
  await w.begin();
  const env = w.sandbox.environment();
  const denied = w.home.start(['auth', '--json'], { env });
  const [, denied_code = ''] = await denied.seen(/"user_code":"([^"]+)"/);
  w.sandbox.deny(denied_code);
  expect(await denied.result).toMatchObject({ code: 3 });
  expect(existsSync(w.pending)).toBe(true);

  const granted = w.home.start(['auth', '--json'], { env });
  const [, granted_code = ''] = await granted.seen(/"user_code":"([^"]+)"/);
  w.sandbox.approve(granted_code);
  expect(await granted.result).toMatchObject({ code: 0 });
  expect(existsSync(w.pending)).toBe(false);
});

test('later commands use the settings that --init-only named by flag', async () => {
  await using w = await world();
  const elsewhere = join(w.home.path, 'elsewhere.json');
  const { user_code } = await w.begin('--profile', 'work', '--credentials', elsewhere);
  w.sandbox.approve(user_code);
  expect(await w.complete('--profile', 'work')).toMatchObject({ code: 0 });
  expect(existsSync(elsewhere)).toBe(true);
  expect(await w.home.run(['auth', 'token', '--profile', 'work'])).toMatchObject({ code: 0 });
});

test('--complete --debug prints no device code, verifier or token', async () => {
  await using w = await world();
  const { user_code } = await w.begin();
  const { device } = JSON.parse(await readFile(w.pending, 'utf8'));
  w.sandbox.approve(user_code);
  const { stdout, stderr } = await w.complete('--json', '--debug');
  const { access_token, refresh_token } = JSON.parse(await readFile(w.home.credentials, 'utf8'));
  for (const secret of [device.device_code, device.code_verifier, access_token, refresh_token]) {
    expect(stdout + stderr).not.toContain(secret);
  }
});

test('--complete conflicts with --init-only', async () => {
  await using w = await world();
  expect(await w.complete('--init-only')).toMatchObject({ code: 2 });
});

test('the command that completes the login names the profile "default" after auth switch', async () => {
  await using w = await world({ auto_approve: true });
  const config = join(dirname(w.home.credentials), 'config.json');
  await mkdir(dirname(config), { recursive: true });
  await writeFile(config, '{"default_profile":"work","profiles":{"work":{}}}');
  const args = ['--issuer', w.sandbox.url, ...CLIENT, '--profile', 'default'];
  const { stderr } = await w.home.run(['auth', 'login', '--init-only', ...args]);
  expect(stderr).toContain('qwen-demo auth login --complete --profile default\n');
  expect(await w.complete('--profile', 'default')).toMatchObject({ code: 0 });
});
