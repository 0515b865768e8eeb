import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, test } from 'vitest';
import {
  appendToUserFile,
  createUserFile,
  prepareToWrite,
  writeUserFile,
} from '../../../src/core/files/user-output.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';

const options = {
  clock: realClock,
  random: realRandom,
  self: process,
  signal: new AbortController().signal,
};

describe('what is open already is added to', () => {
  async function openLog(flags: string) {
    const folder = await temporaryFolder();
    const path = join(folder.path, 'log');
    await writeFile(path, 'before\n');
    const file = await open(path, flags);
    return {
      folder: folder.path,
      fd: file.fd,
      text: async () => {
        await file.write('after\n');
        return readFile(path, 'utf8');
      },
      async [Symbol.asyncDispose]() {
        await file.close();
        await folder[Symbol.asyncDispose]();
      },
    };
  }

  it.each([
    '/dev/fd/N',
    '/proc/self/fd/N',
    '/proc/thread-self/fd/N',
    '/proc/PID/fd/N',
    'a link to it',
  ])('under %s', async (name) => {
    await using log = await openLog('a');
    let path = name.replace('PID', String(process.pid)).replace('N', String(log.fd));
    if (!path.startsWith('/')) {
      path = join(log.folder, 'link');
      await symlink('middle', path);
      await symlink(`/dev/fd/${log.fd}`, join(log.folder, 'middle'));
    }
    await prepareToWrite(path);
    await writeUserFile(path, 'answer\n', options);
    expect(await createUserFile(path, 'file\n', options)).toBe(true);
    expect(await log.text()).toBe('before\nanswer\nfile\nafter\n');
  });

  it('in another process', async () => {
    await using folder = await temporaryFolder();
    const log = join(folder.path, 'log');
    const child = spawn('sh', ['-c', 'exec 7>>"$0"; echo before >&7; echo; read line', log]);
    await once(child.stdout, 'data');
    await writeUserFile(`/proc/${child.pid}/fd/7`, 'answer\n', options);
    child.stdin.end();
    await once(child, 'close');
    expect(await readFile(log, 'utf8')).toBe('before\nanswer\n');
  });

  it('not without the descriptor, which is told before there is a text', async () => {
    await expect(prepareToWrite('/dev/fd/987')).rejects.toThrow('no such descriptor is open');
  });
});

test('a folder and a path that only a folder can have are refused by every writer', async () => {
  await using folder = await temporaryFolder();
  const there = join(folder.path, 'folder');
  await mkdir(there);
  const writers = [
    prepareToWrite,
    (path: string) => writeUserFile(path, 'x', options),
    (path: string) => appendToUserFile(path, 'x', options),
    (path: string) => createUserFile(path, 'x', options),
  ];
  for (const path of [there, `${there}/`, join(folder.path, 'new/'), `${there}/.`]) {
    for (const write of writers) {
      await expect(write(path)).rejects.toMatchObject({ kind: 'usage', code: 'not_a_file' });
    }
  }
  await expect(prepareToWrite('')).rejects.toMatchObject({ code: 'no_file_name' });
  expect(await readdir(folder.path)).toEqual(['folder']);
});
