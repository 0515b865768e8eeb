import { unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createQwenLock } from '../../../src/core/credentials/qwen-lock.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { realRandom as random, temporaryFolder } from '../../helpers/real-world.ts';
import { UUID } from '../../helpers/lock-folder.ts';

/** A folder for Qwen Code's lock, and a clock that waits in no time. */
async function place() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'oauth_creds.lock');
  const clock = new FakeClock(Date.now());
  const lock = createQwenLock({ path, clock, random: { ...random, uniform: () => 1 } });
  const start = clock.monotonic();
  return {
    folder: folder.path,
    path,
    clock,
    lock,
    /** Milliseconds waited until the lock was had. */
    take: () => lock.run({ critical: async () => clock.monotonic() - start }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** How Qwen Code takes it, and what it asks when it cannot. */
const takeAsQwenCode = (path: string) => writeFileSync(path, UUID, { flag: 'wx' });

test('while we hold it Qwen Code can neither take nor delete it', async () => {
  await using at = await place();
  await at.lock.run({
    critical: async () => {
      expect(() => takeAsQwenCode(at.path)).toThrow('EEXIST');
      // On exit each of its processes does this, and swallows the error.
      expect(() => unlinkSync(at.path)).toThrow(/EISDIR|EPERM/);
      expect(await readdir(at.folder)).toEqual(['oauth_creds.lock']);
    },
  });
  expect(await readdir(at.folder)).toEqual([]);
  takeAsQwenCode(at.path);
});

test('a version of Qwen Code whose locks last for 10 s does not take ours for stale meanwhile', async () => {
  await using at = await place();
  await at.lock.run({
    critical: async () => {
      const { mtimeMs } = await stat(at.path);
      const longest = at.clock.now() + 19_000;
      expect(longest - mtimeMs).toBeLessThan(10_000);
    },
  });
});

test('what a process of ours left when it died is taken over at once', async () => {
  await using at = await place();
  await mkdir(at.path);
  expect(await at.take()).toBe(0);
  expect(await readdir(at.folder)).toEqual([]);
});

test('a lock of Qwen Code is waited for, and is stale after 35 s', async () => {
  await using at = await place();
  takeAsQwenCode(at.path);
  const waited = await at.take();
  expect(waited).toBeGreaterThan(34_000);
  expect(waited).toBeLessThan(35_100);
  expect(await readdir(at.folder)).toEqual([]);
});

test('no lock of Qwen Code is deleted that it took while we held ours', async () => {
  await using at = await place();
  await at.lock.run({
    critical: async () => {
      // It found ours stale, moved it away, could not delete it, and made its own.
      await rename(at.path, `${at.path}.stale.${UUID}`);
      takeAsQwenCode(at.path);
    },
  });
  expect(await readdir(at.folder)).toEqual(['oauth_creds.lock']);
  expect(await readFile(at.path, 'utf8')).toBe(UUID);
});

test('a lock that went and left the credentials as they were is not believed for 3 s', async () => {
  await using at = await place();
  takeAsQwenCode(at.path);
  let looks = 0;
  const watch = async () => {
    if ((looks += 1) === 10) unlinkSync(at.path);
    // From then on it is ours: no other process of Qwen Code may do the work twice either.
    if (looks > 12) expect(() => takeAsQwenCode(at.path)).toThrow('EEXIST');
    return undefined;
  };
  const start = at.clock.monotonic();
  const waited = await at.lock.run({ watch, critical: async () => at.clock.monotonic() - start });
  expect(waited).toBeGreaterThan(3000);
  expect(waited).toBeLessThan(4000);
});

test('what the watch sees then ends the waiting, and gives the lock back', async () => {
  await using at = await place();
  takeAsQwenCode(at.path);
  let looks = 0;
  const watch = async () => {
    if ((looks += 1) === 10) unlinkSync(at.path);
    return looks === 20 ? 'seen' : undefined;
  };
  expect(await at.lock.run({ watch, critical: async () => 'taken' })).toBe('seen');
  expect(await readdir(at.folder)).toEqual([]);
});

test('a folder that holds something, or a symbolic link, is refused and stays', async () => {
  await using at = await place();
  await mkdir(at.path);
  await writeFile(join(at.path, 'something'), '');
  await expect(at.take()).rejects.toMatchObject({ kind: 'storage', code: 'not_a_file' });
  expect(await readdir(at.path)).toEqual(['something']);
  await rm(at.path, { recursive: true });
  await symlink('/etc/passwd', at.path);
  await expect(at.take()).rejects.toMatchObject({ kind: 'storage', code: 'symlink' });
});
