import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { decideAt } from '../helpers/approval.ts';
import { bodyOf, loopback } from '../helpers/loopback.ts';
import { createHome } from '../helpers/program.ts';

/** A sandbox that may be polled often, and a home that points to it. */
async function world(options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ interval: 0.2, ...options });
  const home = await createHome(sandbox.environment());
  return {
    sandbox,
    home,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

const PAGE = /http:\S+user_code=[\w-]+/;

test('auth shows the code and the pages, waits for the approval, and stores the login with mode 0600', async () => {
  await using w = await world();
  const auth = w.home.start(['auth']);
  const [page] = await auth.seen(PAGE);
  await decideAt(page, 'approve');
  const { code, stdout, stderr } = await auth.result;

  expect(code).toBe(0);
  expect(stderr).toContain(`Open ${w.sandbox.url}/authorize\n`);
  expect(stderr).toMatch(/enter the code [A-Z]{4}-[A-Z]{4}\n/);
  expect(stdout).toMatch(/^Signed in\.\n {2}endpoint +http:\/\/127\.0\.0\.1:\d+\/v1\n/);
  expect(stdout).toMatch(
    /token +valid until \d{4}-\d\d-\d\d \d\d:\d\d .*, refreshed automatically/,
  );
  expect(stdout).toMatch(/test +ok, qwen3-coder-plus answered/);

  const stored = JSON.parse(await readFile(w.home.credentials, 'utf8'));
  expect(stored).toMatchObject({
    token_type: 'Bearer',
    resource_url: expect.any(String),
    issuer: w.sandbox.url,
    expiry_date: expect.any(Number),
  });
  expect((await stat(w.home.credentials)).mode & 0o777).toBe(0o600);
  for (const secret of [stored.access_token, stored.refresh_token]) {
    expect(stdout + stderr).not.toContain(secret);
  }
});

test('later commands find the issuer of a login without a variable', async () => {
  await using w = await world({ auto_approve: true });
  expect((await w.home.run(['auth', 'login'])).code).toBe(0);
  const chat = await w.home.run(['chat', '-p', 'What is 2 + 3?'], {
    env: { QWEN_DEMO_OAUTH_BASE_URL: '' },
  });
  expect(chat).toMatchObject({ code: 0, stdout: expect.stringContaining('5') });
});

test('auth --json prints one event a line', async () => {
  await using w = await world({ auto_approve: true });
  const { code, stdout, stderr } = await w.home.run(['auth', '--json']);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([code, stderr]).toEqual([0, '']);
  expect(events[0]).toMatchObject({
    type: 'verification',
    user_code: expect.any(String),
    verification_uri: `${w.sandbox.url}/authorize`,
    expires_in: 600,
  });
  expect(events.at(-1)).toMatchObject({ type: 'success', endpoint: `${w.sandbox.url}/v1` });
});

test('auth says before the login that it will replace one of another issuer', async () => {
  await using first = await world({ auto_approve: true });
  await using second = await startSandbox({ auto_approve: true });
  expect((await first.home.run(['auth'])).stderr).not.toContain('replace');
  expect((await first.home.run(['auth'])).stderr).not.toContain('replace');
  const { stderr } = await first.home.run(['auth'], { env: second.environment() });
  expect(stderr).toMatch(
    new RegExp(`^This login will replace the one at ${first.sandbox.url} in .*--profile NAME`),
  );
});

test('a denied login exits 3 and stores nothing', async () => {
  await using w = await world();
  const auth = w.home.start(['auth']);
  await decideAt((await auth.seen(PAGE))[0], 'deny');
  expect(await auth.result).toMatchObject({ code: 3, stderr: expect.stringContaining('error:') });
  expect(existsSync(w.home.credentials)).toBe(false);
});

test('a code that nobody approves in time exits 3', async () => {
  await using w = await world({ device_code_ttl: 1 });
  expect(await w.home.run(['auth'])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/error: .*(expired|in time)/),
  });
});

test('Ctrl-C ends auth with 130 and writes nothing', async () => {
  await using w = await world();
  const auth = w.home.start(['auth']);
  await auth.seen(PAGE);
  auth.child.kill('SIGINT');
  expect((await auth.result).code).toBe(130);
  expect(existsSync(w.home.credentials)).toBe(false);
});

test('auth exits 7 and names the causes when the server sends a web page instead of a device code', async () => {
  await using w = await world({ faults: ['html-login'] });
  expect(await w.home.run(['auth'])).toMatchObject({
    code: 7,
    stderr: expect.stringMatching(/2026-04-15/),
  });
});

test('auth explains the switched-off free tier when the API refuses a login that worked', async () => {
  await using w = await world({ auto_approve: true, faults: ['dead-free-tier'] });
  const { code, stdout, stderr } = await w.home.run(['auth']);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('The login itself worked');
  expect(stderr).toContain('2026-04-15');
  for (const way of ['DASHSCOPE_API_KEY', 'OPENAI_BASE_URL', '--issuer']) {
    expect(stderr).toContain(way);
  }
  expect(existsSync(w.home.credentials)).toBe(true);
});

test('auth does not refresh a new login that the API refuses, and reports the refusal', async () => {
  const asked: string[] = [];
  await using server = await loopback(async (request, response) => {
    const form = new URLSearchParams(await bodyOf(request));
    const answer = (status: number, json: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    asked.push(form.get('grant_type') ?? String(request.url));
    if (request.url?.endsWith('/device/code')) {
      const page = `${server.url}/authorize`;
      const codes = { device_code: 'd', user_code: 'ABCD', verification_uri: page };
      return answer(200, { ...codes, expires_in: 60, interval: 0.1 });
    }
    if (form.get('grant_type') === 'refresh_token') return answer(400, { error: 'invalid_grant' });
    if (request.url?.endsWith('/token')) {
      const tokens = { access_token: 'access-1', refresh_token: 'refresh-1', expires_in: 3600 };
      return answer(200, { ...tokens, token_type: 'Bearer', resource_url: `${server.url}/v1` });
    }
    const message = 'invalid access token or token expired';
    return answer(401, { error: { code: 'invalid_api_key', message } });
  });
  await using home = await createHome({ QWEN_DEMO_OAUTH_BASE_URL: server.url });
  const { code, stderr } = await home.run(['auth']);
  expect(code).toBe(3);
  expect(stderr).toContain('HTTP 401: invalid access token or token expired');
  expect(stderr).toContain('2026-04-15');
  expect(asked.slice(1)).toEqual([
    'urn:ietf:params:oauth:grant-type:device_code',
    '/v1/chat/completions',
  ]);
});

test('auth exits 4 and names the host when the server cannot be reached', async () => {
  await using home = await createHome({ QWEN_DEMO_OAUTH_BASE_URL: 'http://127.0.0.1:9' });
  expect(await home.run(['auth'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('127.0.0.1:9 refused the connection'),
  });
});
