import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileLock, nestLocks } from '../../../src/core/files/lock.ts';
import { SETTING_CREDENTIALS } from '../../../src/core/files/storage-error.ts';
import { realClock, realRandom as random, temporaryFolder } from '../../helpers/real-world.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { bundleChild, type Child, kill, startChild } from '../../helpers/credentials-children.ts';
import { lockFolder, UUID } from '../../helpers/lock-folder.ts';

const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

test('the lock file is complete during the critical section and removed afterwards', async () => {
  await using at = await lockFolder();
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

test('the lock is released when the critical section fails', async () => {
  await using at = await lockFolder();
  const critical = () => Promise.reject(new Error('failed'));
  await expect(at.lock.run({ critical })).rejects.toThrow('failed');
  expect(await readdir(at.folder)).toEqual([]);
});

/** Checks of the lock before the watched condition is met. */
const LOOKS = 50;

test('a process that waits for the lock checks it every 20 to 60 ms', async () => {
  await using at = await lockFolder();
  await at.leave({});
  let looks = 0;
  const watch = async () => ((looks += 1) > LOOKS ? 'seen' : undefined);
  const result = await at.lock.run({ critical: async () => 'critical', watch });
  expect(result).toBe('seen');
  expect(at.clock.sleeps).toHaveLength(LOOKS);
  expect(Math.min(...at.clock.sleeps)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...at.clock.sleeps)).toBeLessThanOrEqual(60);
});

test('a process whose check takes 40 ms on a busy machine pauses for 400 to 1200 ms', async () => {
  await using at = await lockFolder();
  await at.leave({});
  let looks = 0;
  const watch = async () => {
    at.clock.advance(40);
    return (looks += 1) > LOOKS ? 'seen' : undefined;
  };
  await at.lock.run({ critical: async () => 'critical', watch });
  expect(Math.min(...at.clock.sleeps)).toBeGreaterThanOrEqual(400);
  expect(Math.max(...at.clock.sleeps)).toBeLessThanOrEqual(1200);
});

test('the signal ends the wait for the lock, not the critical section', async () => {
  await using at = await lockFolder();
  const controller = new AbortController();
  const { signal } = controller;
  const critical = async () => {
    controller.abort(new Error('stop'));
    return 'done';
  };
  expect(await at.lock.run({ critical, signal })).toBe('done');
  await expect(at.lock.run({ critical, signal })).rejects.toThrow('stop');
});

test('only an own lock is deleted', async () => {
  await using at = await lockFolder();
  await at.lock.run({ critical: async () => writeFile(at.path, UUID) });
  expect(await readFile(at.path, 'utf8')).toBe(UUID);
});

test('a symbolic link or a folder in the place of the lock is refused', async () => {
  await using at = await lockFolder();
  await symlink('/etc/passwd', at.path);
  await expect(at.take()).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
  await rm(at.path);
  await mkdir(at.path);
  await expect(at.take()).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
});

test('when the inner of two nested locks is removed, the outer one still excludes', async () => {
  await using at = await lockFolder();
  const options = { setting: SETTING_CREDENTIALS, self: process, clock: realClock, random };
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

test('two processes never hold the lock together while its holders are killed', async () => {
  await using at = await lockFolder();
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

test('a wait of more than a second is told once, with the process that holds the lock', async () => {
  await using at = await lockFolder();
  await at.leave({});
  const told: { message: string }[] = [];
  const lock = createFileLock({
    path: at.path,
    setting: SETTING_CREDENTIALS,
    self: process,
    clock: new FakeClock(),
    random,
    onNotice: (notice) => told.push(notice),
  });
  let looks = 0;
  const watch = async () => ((looks += 1) === 100 ? 'seen' : undefined);
  await expect(lock.run({ critical: async () => 'taken', watch })).resolves.toBe('seen');
  expect(told).toEqual([
    {
      code: 'waiting_for_lock',
      message: expect.stringMatching(/^Waiting for process \d+.*, which holds \/.*\.lock$/),
    },
  ]);
});
