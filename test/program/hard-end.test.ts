import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { bodyOf, loopback } from '../helpers/loopback.ts';
import { createHome, type Running } from '../helpers/program.ts';
import { rawServer } from '../helpers/raw-server.ts';
import { storeExpiredLogin } from '../helpers/expired-login.ts';

/** The environment in which the program runs these modules first. */
const preload = (...modules: string[]) => ({
  NODE_OPTIONS: modules
    .map((code) => `--import=data:text/javascript,${encodeURIComponent(code)}`)
    .join(' '),
});

/** Prints how many milliseconds pass from the first signal to the end, as the program sees it. */
const TIMED = `
  import { writeSync } from 'node:fs';
  let first;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => (first ??= Date.now()));
  process.on('exit', () => writeSync(2, 'ended after ' + (Date.now() - first) + ' ms'));`;

/**
 * Prints each signal that was handled. The clock moves on by 1 s after each, so that the next one is
 * not taken for the same Ctrl-C, passed on by npm.
 */
const SECOND_APART = `
  let ahead = 0;
  const now = performance.now.bind(performance);
  performance.now = () => now() + ahead;
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => setImmediate(() => {
    ahead += 1000;
    console.error('handled ' + name);
  }));`;

/** A delay that begins while SIGINT is handled is over at once, and is printed then. */
const NO_DELAY = `
  const real = globalThis.setTimeout;
  let handling = false;
  process.on('SIGINT', () => {
    handling = true;
    setImmediate(() => (handling = false));
  });
  globalThis.setTimeout = (callback, ms, ...rest) => {
    if (!handling) return real(callback, ms, ...rest);
    return real(() => (callback(...rest), console.error('delay of ' + ms + ' ms is over')), 0);
  };`;

/** Reading a file never ends and ignores an abort, as on a network file system that is gone. */
const STUCK_READS = `
  import fs from 'node:fs/promises';
  fs.readFile = fs.open = fs.lstat = () => { console.log('reads'); return new Promise(() => {}); };
  setInterval(() => {}, 1000);`;

/** A thread of libuv's pool waits at a FIFO without a writer. */
const STUCK_THREAD = `
  import fs from 'node:fs';
  import { execFileSync } from 'node:child_process';
  execFileSync('mkfifo', [process.env.HOME + '/fifo']);
  fs.open(process.env.HOME + '/fifo', 'r', () => {});`;

/** Milliseconds from the first signal to the hard end: more than the least, less than the most. */
const [LEAST_GRACE, MOST_GRACE] = [1000, 2000];

async function endOf(running: Running): Promise<{ code: number | string; ms: number }> {
  const { code, stderr } = await running.result;
  return { code, ms: Number(/ended after (\d+) ms/.exec(stderr)?.[1]) };
}

describe.concurrent('a command whose reads ignore an abort', () => {
  const env = preload(STUCK_READS, TIMED);

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends within 2 s of %s', async (signal) => {
    await using home = await createHome();
    const running = home.start(['auth', 'token'], { env, input: null });
    await running.seen(/reads/);
    running.child.kill(signal);
    const end = await endOf(running);
    expect(end.code).toBe(signal);
    expect(end.ms).toBeGreaterThan(LEAST_GRACE);
    expect(end.ms).toBeLessThan(MOST_GRACE);
  });

  test('ends by the second signal, before the time after the first is over', async () => {
    await using home = await createHome();
    const running = home.start(['auth', 'token'], {
      env: preload(STUCK_READS, TIMED, SECOND_APART),
      input: null,
    });
    await running.seen(/reads/);
    running.child.kill('SIGINT');
    await running.seen(/handled SIGINT/);
    running.child.kill('SIGTERM');
    const end = await endOf(running);
    expect(end.code).toBe('SIGTERM');
    expect(end.ms).toBeLessThan(LEAST_GRACE);
  });
});

test('a signal ends the program at once although a thread waits at a FIFO', async () => {
  await using home = await createHome();
  const sandbox = home.start(['sandbox'], { env: preload(STUCK_THREAD, TIMED) });
  await sandbox.seen(/listens on/);
  sandbox.child.kill('SIGTERM');
  const end = await endOf(sandbox);
  expect(end.code).toBe('SIGTERM');
  expect(end.ms).toBeLessThan(LEAST_GRACE);
});

test('a refresh that has been sent is completed and saved, whatever signals come', async () => {
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
  await storeExpiredLogin(home.credentials);
  const running = home.start(['auth', 'token'], {
    env: preload(SECOND_APART, NO_DELAY),
    input: null,
  });
  await request;
  running.child.kill('SIGINT');
  await running.seen(/Waiting for the new tokens/);
  // A command that waits for no tokens would end here.
  await running.seen(/delay of 1500 ms is over/);
  await running.seen(/handled SIGINT/);
  running.child.kill('SIGTERM');
  await running.seen(/handled SIGTERM/);
  answer();
  expect(await running.result).toMatchObject({ code: 130, stdout: '' });
  expect(JSON.parse(await readFile(home.credentials, 'utf8'))).toMatchObject({
    access_token: 'new',
    refresh_token: 'r2',
  });
});

test('serve lets a request end after SIGTERM, until a second signal comes', async () => {
  await using api = await loopback((_, response) => void response.writeHead(200).write('1'));
  await using home = await createHome({ OPENAI_BASE_URL: api.url, OPENAI_API_KEY: 'sk-0' });
  const running = home.start(['serve'], { env: preload(SECOND_APART), input: null });
  const [, url = ''] = await running.seen(/BASE_URL='(.+)'/);
  const [, key = ''] = await running.seen(/API_KEY='(.+)'/);
  const answer = await fetch(`${url}/x`, { headers: { 'api-key': key } });
  running.child.kill('SIGTERM');
  await running.seen(/handled SIGTERM/);
  running.child.kill('SIGINT');
  await expect(answer.text()).rejects.toThrow();
  const { code, stdout } = await running.result;
  expect([code, stdout]).toEqual([143, expect.stringMatching(/by the signal\n1 .*1 cut off/)]);
});

test('a refresh behind a proxy that does not answer CONNECT ends at the first signal', async () => {
  await using proxy = await rawServer((socket) => {
    socket.once('data', () => running.child.kill('SIGINT'));
  });
  await using home = await createHome({
    QWEN_DEMO_OAUTH_BASE_URL: 'https://issuer.example',
    HTTPS_PROXY: proxy.url,
  });
  await storeExpiredLogin(home.credentials);
  const running = home.start(['auth', 'token'], { env: preload(TIMED) });
  const end = await endOf(running);
  expect(end.code).toBe(130);
  expect(end.ms).toBeLessThan(LEAST_GRACE);
});
