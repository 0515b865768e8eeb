import { spawnSync } from 'node:child_process';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { deleteLeftovers, temporaryPath } from '../../../src/core/files/leftover.ts';
import { identify, type ThisProcess } from '../../../src/core/files/owner.ts';
import { patientFiles } from '../../../src/core/files/patience.ts';
import { replaceOwnFile } from '../../../src/core/files/replacement.ts';
import { SETTING_HOME } from '../../../src/core/files/storage-error.ts';
import { writeUserFile } from '../../../src/core/files/user-output.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';

const writer = { self: process as ThisProcess, random: realRandom };
const HOUR = 3_600_000;

/** A process that has ended. */
const { pid: ended } = spawnSync('true');

/** A file in the place of one that a process was writing. */
async function leave(start: string, self: Partial<ThisProcess> = {}, age = 0): Promise<string> {
  const as = { platform: 'linux', kill: process.kill.bind(process), pid: process.pid, ...self };
  const path = await temporaryPath(start, { ...writer, self: as });
  await writeFile(path, 'half');
  const at = new Date(Date.now() - age);
  await utimes(path, at, at);
  return path;
}

describe('a temporary file of a write that was killed', () => {
  it('is deleted by the next write of the same file, and no other file is', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'config.json');
    await leave(path, { pid: ended });
    const running = await leave(path);
    const others = ['config.json.tmp', 'config.json.backup.tmp', 'other.json', 'config.jsonx'];
    for (const name of others) await writeFile(join(folder.path, name), 'kept');
    const of_other = await leave(join(folder.path, 'other.json'), { pid: ended });
    await replaceOwnFile({ path, setting: SETTING_HOME, clock: realClock }, '{}', writer);
    const kept = [running, of_other].map((one) => one.slice(folder.path.length + 1));
    expect(new Set(await readdir(folder.path))).toEqual(
      new Set(['config.json', ...others, ...kept]),
    );
  });

  it('beside a file of the user is deleted too, also with a long name', async () => {
    await using folder = await temporaryFolder();
    const name = '世'.repeat(84);
    await leave(join(folder.path, `.${'世'.repeat(40)}`), { pid: ended });
    const { signal } = new AbortController();
    await writeUserFile(join(folder.path, name), 'x', { clock: realClock, signal, ...writer });
    expect(await readdir(folder.path)).toEqual([name]);
  });

  it('of a machine or a version that cannot be looked up is deleted after an hour, or at once', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a');
    const me = await identify(process, '');
    for (const [tag, age] of [
      [`00000000-${me.pid}-${me.start_time}.`, 0],
      [`00000000-${ended}-1.`, 2 * HOUR],
      ['', 0],
      ['', 2 * HOUR],
    ] as const) {
      const name = `${path}.${tag}${realRandom.uuid()}.tmp`;
      await writeFile(name, 'half');
      const at = new Date(Date.now() - age);
      await utimes(name, at, at);
    }
    const files = patientFiles(realClock);
    await deleteLeftovers(files, path, process);
    expect(await readdir(folder.path)).toHaveLength(2);
    await deleteLeftovers(files, path, process, { all: true });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'of an earlier process with the same number is deleted',
    async () => {
      await using folder = await temporaryFolder();
      const path = await leave(join(folder.path, 'a'));
      const { start_time = '' } = await identify(process, '');
      const reused = path.replace(`-${start_time}.`, '-1.');
      await writeFile(reused, 'half');
      await deleteLeftovers(patientFiles(realClock), join(folder.path, 'a'), process);
      expect((await readdir(folder.path)).map((name) => join(folder.path, name))).toEqual([path]);
    },
  );
});
