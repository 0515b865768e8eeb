import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileLock, nestLocks } from '../../../src/core/credentials/lock.ts';
import { identify, type Owner } from '../../../src/core/credentials/owner.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { realClock, realRandom as random, temporaryFolder } from '../../helpers/real-world.ts';
import { bundleChild, type Child, kill, startChild } from './children.ts';

const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

const UUID = '7c6b3f0e-3f0a-4d8e-9f5f-0a1b2c3d4e5f';

async function place() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'oauth_creds.lock');
  const clock = new FakeClock();
  const lock = createFileLock({ path, self: process, clock, random });
  const lazy = createFileLock({
    path,
    self: process,
    clock,
    random: { ...random, uniform: () => 1 },
  });
  const here = await identify(process, random.uuid());
  return {
    folder: folder.path,
    path,
    clock,
    lock,
    /** Puts a lock there as another process of ours would have written it. */
    leave: async (owner: Partial<Owner>) =>
      writeFile(path, `${JSON.stringify({ ...here, ...owner })}\n`),
    /** Milliseconds waited until the lock was had. */
    take: async () => {
      const start = clock.monotonic();
      return lazy.run({ critical: async () => clock.monotonic() - start });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** The id of a process that is no more. */
const deadPid = () => spawnSync('true').pid;

test('the lock is there, whole, while the work runs, and gone afterwards', async () => {
  await using at = await place();
  const seen = await at.lock.run({
    critical: async () => ({
      owner: JSON.parse(await readFile(at.path, 'utf8')),
      mode: (await stat(at.path)).mode & 0o777,
      names: await readdir(at.folder),
    }),
  });
  expect(seen.owner).toMatchObject({ pid: process.pid, nonce: expect.any(String) });
  expect(seen.mode).toBe(0o600);
  expect(seen.names).toEqual(['oauth_creds.lock']);
  expect(await readdir(at.folder)).toEqual([]);
});

test('it is given back when the work fails', async () => {
  await using at = await place();
  const critical = () => Promise.reject(new Error('failed'));
  await expect(at.lock.run({ critical })).rejects.toThrow('failed');
  expect(await readdir(at.folder)).toEqual([]);
});

test('a waiter pauses for 20 to 60 ms and watches', async () => {
  await using at = await place();
  await at.leave({});
  let looks = 0;
  const watch = async () => ((looks += 1) > 50 ? 'seen' : undefined);
  const result = await at.lock.run({ critical: async () => 'critical', watch });
  expect(result).toBe('seen');
  expect(at.clock.sleeps).toHaveLength(50);
  expect(Math.min(...at.clock.sleeps)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...at.clock.sleeps)).toBeLessThanOrEqual(60);
});

test('the signal ends the waiting, not the work', async () => {
  await using at = await place();
  const controller = new AbortController();
  const { signal } = controller;
  const critical = async () => {
    controller.abort(new Error('stop'));
    return 'done';
  };
  expect(await at.lock.run({ critical, signal })).toBe('done');
  await expect(at.lock.run({ critical, signal })).rejects.toThrow('stop');
});

test.each([
  ['whose process has gone', { pid: deadPid() }],
  ['whose process id was given to another process', { start_time: '1' }],
])('a lock %s is taken over at once', async (_, owner) => {
  await using at = await place();
  await at.leave(owner);
  expect(await at.take()).toBe(0);
  expect(await readdir(at.folder)).toEqual([]);
});

test('a zombie holds nothing', async () => {
  await using at = await place();
  // The shell starts a child, becomes `sleep`, and so never reaps it.
  const shell = await startChild('-e', [
    `console.log('"ready"'); require('node:child_process').spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 5'], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.on('data', (text) => console.log(JSON.stringify({ holding: Number(text) })))`,
  ]);
  const pid = (await shell.next())?.holding ?? 0;
  const field = async () => (await readFile(`/proc/${pid}/stat`, 'latin1')).split(' ');
  while ((await field())[2] !== 'Z') await realClock.sleep(5);
  await at.leave({ pid, start_time: (await field())[21]! });
  expect(await at.take()).toBe(0);
  process.kill(Number((await field())[3]));
  await kill(shell);
});

test('an owner that lives is waited for, for a minute, and then named', async () => {
  await using at = await place();
  await at.leave({});
  const error = await at.take().catch((error: unknown) => error);
  expect(error).toMatchObject({ kind: 'storage', code: 'locked' });
  expect((error as Error).message).toContain(`process ${process.pid} on `);
  expect(at.clock.monotonic() - new FakeClock().monotonic()).toBeGreaterThan(60_000);
  expect(await readdir(at.folder)).toEqual(['oauth_creds.lock']);
});

test.each([
  ['on another machine', { pid: deadPid(), host: 'elsewhere' }],
  ['before the last boot', { pid: deadPid(), boot: 'another' }],
  ['in another container', { pid: deadPid(), namespace: 'pid:[1]' }],
  ['of unknown start', { start_time: '' }],
])('an owner %s is given a minute', async (_, owner) => {
  await using at = await place();
  await at.leave(owner);
  const waited = await at.take();
  expect(waited).toBeGreaterThan(59_000);
  expect(waited).toBeLessThan(60_100);
});

test.each([
  ["Qwen Code's", UUID],
  ['an empty', ''],
  ['a torn', '{"host":'],
])('%s lock is stale after 35 s', async (_, text) => {
  await using at = await place();
  await writeFile(at.path, text);
  const waited = await at.take();
  expect(waited).toBeGreaterThan(34_000);
  expect(waited).toBeLessThan(35_100);
});

test('the age that it had when it was first seen counts', async () => {
  await using at = await place();
  await writeFile(at.path, UUID);
  const past = Date.now() / 1000 - 30;
  await utimes(at.path, past, past);
  const waited = await at.take();
  expect(waited).toBeGreaterThan(4000);
  expect(waited).toBeLessThan(6000);
});

test('a lock from the future is not waited for longer', async () => {
  await using at = await place();
  await writeFile(at.path, UUID);
  const future = Date.now() / 1000 + 86_400;
  await utimes(at.path, future, future);
  expect(await at.take()).toBeLessThan(35_100);
});

test('a wall clock that is a day off steals nothing', async () => {
  await using at = await place();
  await writeFile(at.path, UUID);
  at.clock.now = () => Date.now() + 86_400_000;
  expect(await at.take()).toBeGreaterThan(34_000);
});

test('a lock that changes hands while we wait is waited for anew', async () => {
  await using at = await place();
  await writeFile(at.path, UUID);
  let looks = 0;
  const watch = async () => {
    if ((looks += 1) === 500) await writeFile(at.path, UUID.replace('7', '8'));
    return undefined;
  };
  const start = at.clock.monotonic();
  await at.lock.run({ watch, critical: async () => {} });
  expect(at.clock.monotonic() - start).toBeGreaterThan(50_000);
});

test('only a lock of ours is deleted', async () => {
  await using at = await place();
  await at.lock.run({ critical: async () => writeFile(at.path, UUID) });
  expect(await readFile(at.path, 'utf8')).toBe(UUID);
});

test('takers that died one after the other, each while it took over, are taken over from', async () => {
  await using at = await place();
  await at.leave({ pid: deadPid() });
  for (const claims of [1, 2, 3]) {
    const taker = await startChild(program, [at.path]);
    taker.tell('die');
    expect(await taker.next()).toBeUndefined();
    const names = await readdir(at.folder);
    expect(names.filter((name) => !name.endsWith('.tmp'))).toHaveLength(1 + claims);
  }
  expect(await at.take()).toBe(0);
});

test('a symbolic link or a folder in its place is refused', async () => {
  await using at = await place();
  await symlink('/etc/passwd', at.path);
  await expect(at.take()).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
  await rm(at.path);
  await mkdir(at.path);
  await expect(at.take()).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
});

test('the inner of two nested locks may vanish, the outer still holds', async () => {
  await using at = await place();
  const options = { self: process, clock: realClock, random };
  const outer = createFileLock({ ...options, path: `${at.path}.outer` });
  const lock = nestLocks(outer, createFileLock({ ...options, path: at.path }));
  let inside = 0;
  let most = 0;
  const critical = async () => {
    most = Math.max(most, (inside += 1));
    await rm(at.path, { force: true });
    await realClock.sleep(30);
    inside -= 1;
  };
  await Promise.all([1, 2, 3, 4].map(() => lock.run({ critical })));
  expect(most).toBe(1);
});

test('two processes never hold it at a time, while others are killed holding it', async () => {
  await using at = await place();
  const workers = await Promise.all([1, 2, 3, 4, 5].map(() => startChild(program, [at.path])));
  const victims: Child[] = await Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map(() => startChild(program, [at.path])),
  );
  for (const worker of workers) worker.tell('contend');
  for (const victim of victims) {
    victim.tell('hold');
    expect(await victim.next()).toMatchObject({ holding: victim.process.pid });
    await kill(victim);
  }
  const outcomes = await Promise.all(workers.map((worker) => worker.next()));
  expect(outcomes).toEqual(workers.map(() => expect.objectContaining({ result: 'done' })));
  for (const worker of workers) worker.end();
  expect(await at.take()).toBe(0);
  expect(await readdir(at.folder)).toEqual(['oauth_creds.lock.busy']);
});
