import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { bodyOf, loopback } from '../helpers/loopback.ts';
import { createHome, type Running } from '../helpers/program.ts';
import { rawServer } from '../helpers/raw-server.ts';
import { storeLogin } from '../helpers/expired-login.ts';

const preload = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});

/** Reading a file takes for ever and hears no abort, as on a network file system that has gone. */
const DEAF = preload(`
  import fs from 'node:fs/promises';
  fs.readFile = fs.open = fs.lstat = () => { console.log('deaf'); return new Promise(() => {}); };
  setInterval(() => {}, 1000);`);

/** A thread of libuv's pool waits at a FIFO that nobody writes to. */
const FIFO = preload(`
  import fs from 'node:fs';
  import { execFileSync } from 'node:child_process';
  execFileSync('mkfifo', [process.env.HOME + '/fifo']);
  fs.open(process.env.HOME + '/fifo', 'r', () => {});`);

async function endOf(running: Running): Promise<{ code: number | string; ms: number }> {
  const start = performance.now();
  const { code } = await running.result;
  return { code, ms: performance.now() - start };
}

describe('a command that hears no abort', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends within 2 s of %s', async (signal) => {
    await using home = await createHome();
    const running = home.start(['auth', 'token'], { env: DEAF, input: null });
    await running.seen(/deaf/);
    running.child.kill(signal);
    const end = await endOf(running);
    expect(end.code).toBe(signal);
    expect(end.ms).toBeGreaterThan(1000);
    expect(end.ms).toBeLessThan(2000);
  });

  test('ends at once at a second signal', async () => {
    await using home = await createHome();
    const running = home.start(['auth', 'token'], { env: DEAF, input: null });
    await running.seen(/deaf/);
    running.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.child.kill('SIGTERM');
    const end = await endOf(running);
    expect(end.code).toBe('SIGTERM');
    expect(end.ms).toBeLessThan(1000);
  });
});

test('a thread that waits at a FIFO does not keep a signal from ending the program', async () => {
  await using home = await createHome();
  const sandbox = home.start(['sandbox'], { env: FIFO });
  await sandbox.seen(/listens on/);
  sandbox.child.kill('SIGTERM');
  const end = await endOf(sandbox);
  expect(end.code).toBe('SIGTERM');
  expect(end.ms).toBeLessThan(1000);
});

test('a refresh that has been sent is waited for, whatever signals come, and saved', async () => {
  let answer = () => {};
  await using issuer = await loopback((request, response) => {
    void bodyOf(request).then(() => {
      const token = { access_token: 'new', refresh_token: 'r2', token_type: 'Bearer' };
      answer = () => response.end(JSON.stringify(token));
      arrived();
    });
  });
  let arrived = () => {};
  const request = new Promise<void>((resolve) => (arrived = resolve));
  await using home = await createHome({ QWEN_DEMO_OAUTH_BASE_URL: issuer.url });
  await storeLogin(home.credentials);
  const running = home.start(['auth', 'token'], { input: null });
  await request;
  running.child.kill('SIGINT');
  await running.seen(/Waiting for the new tokens/);
  // Longer than a command may take that holds nothing.
  const impatience = setInterval(() => running.child.kill('SIGTERM'), 200);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  clearInterval(impatience);
  answer();
  expect(await running.result).toMatchObject({ code: 130, stdout: '' });
  expect(JSON.parse(await readFile(home.credentials, 'utf8'))).toMatchObject({
    access_token: 'new',
    refresh_token: 'r2',
  });
});

test('a refresh behind a proxy that does not answer CONNECT ends at the first signal', async () => {
  await using proxy = await rawServer((socket) => {
    socket.once('data', () => running.child.kill('SIGINT'));
  });
  await using home = await createHome({
    QWEN_DEMO_OAUTH_BASE_URL: 'https://issuer.example',
    HTTPS_PROXY: proxy.url,
  });
  await storeLogin(home.credentials);
  const running = home.start(['auth', 'token']);
  await running.seen(/^/);
  const end = await endOf(running);
  expect(end.code).toBe(130);
  expect(end.ms).toBeLessThan(2500);
});
