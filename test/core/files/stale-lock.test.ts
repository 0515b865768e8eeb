import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileLock } from '../../../src/core/files/lock.ts';
import { SETTING_CREDENTIALS } from '../../../src/core/files/storage-error.ts';
import { identify } from '../../../src/core/files/owner.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';
import { bundleChild, kill, startChild } from '../../helpers/credentials-children.ts';
import { lockFolder, UUID } from '../../helpers/lock-folder.ts';

const build = await temporaryFolder();
let program = '';
beforeAll(async () => {
  program = await bundleChild(build.path);
});
afterAll(() => build[Symbol.asyncDispose]());

/** The id of a process that is no more. */
const deadPid = () => spawnSync('true').pid;

test.each([
  ['whose process has gone', { pid: deadPid() }],
  ['whose process id was given to another process', { start_time: '1' }],
])('a lock %s is taken over at once', async (_, owner) => {
  await using at = await lockFolder();
  await at.leave(owner);
  expect(await at.take()).toBe(0);
  expect(await readdir(at.folder)).toEqual([]);
});

test('a lock of a zombie process is taken over', async () => {
  await using at = await lockFolder();
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

test('a live owner is waited for one minute and then named in the error', async () => {
  await using at = await lockFolder();
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
])('a lock of an owner %s is waited for one minute', async (_, owner) => {
  await using at = await lockFolder();
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
  await using at = await lockFolder();
  await writeFile(at.path, text);
  const waited = await at.take();
  expect(waited).toBeGreaterThan(34_000);
  expect(waited).toBeLessThan(35_100);
});

test('the age of a lock when it was first seen counts', async () => {
  await using at = await lockFolder();
  await writeFile(at.path, UUID);
  const past = Date.now() / 1000 - 30;
  await utimes(at.path, past, past);
  const waited = await at.take();
  expect(waited).toBeGreaterThan(4000);
  expect(waited).toBeLessThan(6000);
});

test('a lock with a time in the future is stale after 35 s too', async () => {
  await using at = await lockFolder();
  await writeFile(at.path, UUID);
  const future = Date.now() / 1000 + 86_400;
  await utimes(at.path, future, future);
  expect(await at.take()).toBeLessThan(35_100);
});

test('a wall clock that is a day off does not make a lock stale', async () => {
  await using at = await lockFolder();
  await writeFile(at.path, UUID);
  at.clock.now = () => Date.now() + 86_400_000;
  expect(await at.take()).toBeGreaterThan(34_000);
});

test('the wait begins anew when another process takes the lock', async () => {
  await using at = await lockFolder();
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

test('a process that judged an old lock stale does not delete the new one', async () => {
  await using at = await lockFolder();
  const successor = `${JSON.stringify(await identify(process, 'successor'))}\n`;
  await at.leave({ pid: deadPid() });
  const self = {
    pid: process.pid,
    platform: process.platform,
    kill: (pid: number, signal: 0) => {
      // Just now another taker has put its own lock in the place of the dead one.
      if (pid !== process.pid) {
        writeFileSync(`${at.path}.new`, successor);
        renameSync(`${at.path}.new`, at.path);
      }
      return process.kill(pid, signal);
    },
  };
  const lock = createFileLock({
    path: at.path,
    setting: SETTING_CREDENTIALS,
    self,
    clock: at.clock,
    random: realRandom,
  });
  let looks = 0;
  const watch = async () => {
    expect(await readFile(at.path, 'utf8')).toBe(successor);
    return (looks += 1) === 5 ? 'seen' : undefined;
  };
  expect(await lock.run({ watch, critical: async () => 'taken' })).toBe('seen');
});

test('a lock is taken over after several processes died while they took it over', async () => {
  await using at = await lockFolder();
  await at.leave({ pid: deadPid() });
  for (const claims of [1, 2, 3]) {
    const taker = await startChild(program, [at.path]);
    taker.tell('die');
    expect(await taker.next()).toBeUndefined();
    await kill(taker);
    const names = await readdir(at.folder);
    expect(names.filter((name) => !name.endsWith('.tmp'))).toHaveLength(1 + claims);
  }
  expect(await at.take()).toBe(0);
});
