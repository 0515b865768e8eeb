import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { type Child, kill, startChild } from '../helpers/credentials-children.ts';
import { rotatingIssuer, stored } from '../helpers/rotating-issuer.ts';
import { createHome } from '../helpers/program.ts';
import { installQwenCode, type QwenCode } from './package.ts';

let qwen_code: QwenCode;
beforeAll(() => {
  qwen_code = installQwenCode();
});

/** One login of Qwen Code, with an expired token, for processes of both programs. */
async function sharedLogin(latency: number) {
  const issuer = await rotatingIssuer({ latency });
  const home = await createHome({ QWEN_DEMO_OAUTH_BASE_URL: issuer.url });
  const folder = join(home.path, '.qwen');
  const path = join(folder, 'oauth_creds.json');
  const expired = stored(1, Date.now() - 1000);
  await mkdir(dirname(path), { mode: 0o700 });
  await writeFile(path, JSON.stringify(expired, null, 2), { mode: 0o600 });
  const flags = ['--credentials', path];
  const env = { PATH: process.env.PATH, HOME: home.path, QWEN_HOME: folder };
  return {
    issuer: issuer.state,
    folder,
    /** A process of Qwen Code that is ready to ask for its token. */
    theirs: () =>
      startChild(
        fileURLToPath(new URL('peer.mjs', import.meta.url)),
        [qwen_code.tokens, issuer.url],
        { env },
        qwen_code.node,
      ),
    /** The built program asks for its token, from start to exit. */
    ours: async () => {
      const { code, stdout, stderr } = await home.run(['auth', 'token', ...flags]);
      return code === 0 ? stdout.trim() : `${code}: ${stderr}`;
    },
    start: () => home.start(['auth', 'token', ...flags]),
    refresh: () => home.run(['auth', 'refresh', '--force', ...flags]),
    onDisk: async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')),
    names: () => readdir(folder),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

type SharedLogin = Awaited<ReturnType<typeof sharedLogin>>;

const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

async function ask(peer: Child, job: 'valid' | 'force'): Promise<string> {
  peer.tell(job);
  const outcome = await peer.next();
  return outcome?.result?.access_token ?? JSON.stringify(outcome);
}

/** Nobody was logged out, the file is whole and the newest, and no lock is left. */
async function expectUnharmed(login: SharedLogin): Promise<void> {
  expect(login.issuer.spent).toEqual([]);
  expect(await login.names()).toEqual(['oauth_creds.json']);
  const newest = `refresh-${login.issuer.generation}`;
  expect(await login.onDisk()).toMatchObject({ refresh_token: newest });
}

test('twenty of each at once with an expired token make one request and all succeed', async () => {
  await using login = await sharedLogin(500);
  const peers = await times(20, login.theirs);
  const tokens = await Promise.all([
    ...peers.map((peer) => ask(peer, 'valid')),
    times(20, login.ours),
  ]);
  expect(new Set(tokens.flat())).toEqual(new Set(['access-2']));
  expect(login.issuer.requests).toBe(1);
  for (const peer of peers) peer.end();
  await expectUnharmed(login);
});

test('while the token expires time and again under both, none is spent twice', async () => {
  await using login = await sharedLogin(200);
  // Both refresh 30 s before the end: a token of 31 s is good for one.
  login.issuer.expires_in = 31;
  const peers = await times(8, login.theirs);
  const end = Date.now() + 15_000;
  const outcomes: string[] = [];
  const keepAsking = async (next: () => Promise<string>) => {
    while (Date.now() < end) {
      outcomes.push(await next());
      await sleep(Math.random() * 300);
    }
  };
  await Promise.all([
    ...peers.map((peer) => keepAsking(() => ask(peer, 'valid'))),
    times(3, () => keepAsking(() => login.ours())),
  ]);
  expect(outcomes.filter((one) => !/^access-\d+$/.test(one))).toEqual([]);
  expect(login.issuer.requests).toBeGreaterThan(8);
  for (const peer of peers) peer.end();
  await expectUnharmed(login);
});

test('both refresh by force, as after a 401, one after the other', async () => {
  await using login = await sharedLogin(100);
  const peers = await times(8, login.theirs);
  const outcomes = await Promise.all([
    ...peers.map((peer) => ask(peer, 'force')),
    times(8, async () => `access-${(await login.refresh()).code}`),
  ]);
  expect(outcomes.flat().filter((one) => !/^access-\d+$/.test(one))).toEqual([]);
  for (const peer of peers) peer.end();
  await expectUnharmed(login);
});

test('a process of Qwen Code that exits does not take our lock away', async () => {
  await using login = await sharedLogin(2000);
  const [leaving, waiting] = await times(2, login.theirs);
  const ours = login.ours();
  while (login.issuer.requests === 0) await sleep(5);
  leaving!.end();
  const theirs = ask(waiting!, 'valid');
  expect(await Promise.all([ours, theirs])).toEqual(['access-2', 'access-2']);
  expect(login.issuer.requests).toBe(1);
  waiting!.end();
  await expectUnharmed(login);
});

test('what a killed process of either leaves is taken over: ours at once, theirs after 35 s', async () => {
  await using login = await sharedLogin(500);
  const killed = login.start();
  await dieRefreshing(login, async () => {
    killed.child.kill('SIGKILL');
    await killed.result;
  });
  expect(await login.names()).toContain('oauth_creds.lock');
  const begun = Date.now();
  expect(await login.ours()).toBe('access-2');
  expect(Date.now() - begun).toBeLessThan(2000);
  await expectUnharmed(login);

  await using other = await sharedLogin(500);
  const peer = await other.theirs();
  peer.tell('valid');
  await dieRefreshing(other, () => kill(peer));
  const age = Date.now() / 1000 - 30;
  await utimes(join(other.folder, 'oauth_creds.lock'), age, age);
  expect(await other.ours()).toBe('access-2');
  await expectUnharmed(other);
});

/** Runs `die` while a refresh is under way, of which the server forgets that it ever happened. */
async function dieRefreshing({ issuer }: SharedLogin, die: () => Promise<void>): Promise<void> {
  issuer.meanwhile = async () => {
    issuer.generation -= 1;
    issuer.meanwhile = undefined;
  };
  while (issuer.requests === 0) await sleep(5);
  await die();
}
