import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createFileLock } from '../../src/core/files/lock.ts';
import { SETTING_CREDENTIALS } from '../../src/core/files/storage-error.ts';
import { identify, type Owner, ownerText } from '../../src/core/files/owner.ts';
import { FakeClock } from './fake-clock.ts';
import { realRandom as random, temporaryFolder } from './real-world.ts';

/** What Qwen Code writes into its lock. */
export const UUID = '7c6b3f0e-3f0a-4d8e-9f5f-0a1b2c3d4e5f';

/** A folder with a lock in it, and a clock whose waits take no real time. */
export async function lockFolder() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'oauth_creds.lock');
  const clock = new FakeClock();
  const lock = createFileLock({ path, setting: SETTING_CREDENTIALS, self: process, clock, random });
  const lazy = createFileLock({
    path,
    setting: SETTING_CREDENTIALS,
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
    /** Leaves a lock as another process of this program writes it. */
    leave: async (owner: Partial<Owner>) => writeFile(path, ownerText({ ...here, ...owner })),
    /** Takes the lock. Resolves to the milliseconds of the wait for it. */
    take: async () => {
      const start = clock.monotonic();
      return lazy.run({ critical: async () => clock.monotonic() - start });
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
