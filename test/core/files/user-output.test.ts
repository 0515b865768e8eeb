import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  lstat,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, test } from 'vitest';
import { StorageError } from '../../../src/core/errors.ts';
import {
  appendToUserFile,
  createUserFile,
  prepareToWrite,
  writeUserFile,
} from '../../../src/core/files/user-output.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';

const isRoot = process.getuid?.() === 0;

const options = (signal = new AbortController().signal) => ({
  clock: realClock,
  random: realRandom,
  self: process,
  signal,
});

describe('a file that the user named is replaced', () => {
  it('as a whole, and no temporary file remains', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'report.xml');
    await writeUserFile(path, 'old, and longer', options());
    await writeUserFile(path, 'new', options());
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder.path)).toEqual(['report.xml']);
  });

  it('with the requested permissions when it is new', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'secret');
    await writeUserFile(path, 'x', { ...options(), mode: 0o600 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([0o644, 0o640, 0o600, 0o755])('and keeps its permissions: %o', async (mode) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'report.xml');
    await writeFile(path, 'old');
    await chmod(path, mode);
    await writeUserFile(path, 'new', { ...options(), mode: 0o666 });
    expect((await stat(path)).mode & 0o777).toBe(mode);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it.skipIf(!isRoot)('and keeps its owner and group', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'report.xml');
    await writeFile(path, 'old');
    await chown(path, 65_534, 65_533);
    await writeUserFile(path, 'new', options());
    expect(await stat(path)).toMatchObject({ uid: 65_534, gid: 65_533 });
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('and a symbolic link to it stays', async () => {
    await using folder = await temporaryFolder();
    const [target, link] = [join(folder.path, 'target'), join(folder.path, 'link')];
    await writeFile(target, 'old');
    await symlink(target, link);
    await writeUserFile(link, 'new', options());
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it('and a symbolic link to a file that does not exist yet stays', async () => {
    await using folder = await temporaryFolder();
    const link = join(folder.path, 'link');
    await symlink('target', link);
    await writeUserFile(link, 'new', options());
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder.path, 'target'), 'utf8')).toBe('new');
  });

  it('in place when it has hard links, so that they all have the new text', async () => {
    await using folder = await temporaryFolder();
    const [path, other] = [join(folder.path, 'report.xml'), join(folder.path, 'other')];
    await writeFile(path, 'old, and longer', { mode: 0o640 });
    await link(path, other);
    const { ino } = await stat(other);
    await writeUserFile(path, 'new', options());
    expect(await readFile(other, 'utf8')).toBe('new');
    expect(await stat(path)).toMatchObject({ ino, nlink: 2, mode: 0o100640 });
  });

  it('in place when it is a mount point', async (context) => {
    await using folder = await temporaryFolder();
    const [path, source] = [join(folder.path, 'report.xml'), join(folder.path, 'source')];
    await Promise.all([writeFile(path, ''), writeFile(source, 'old, and longer')]);
    try {
      execFileSync('mount', ['--bind', source, path], { stdio: 'ignore' });
    } catch {
      return context.skip('needs the right to mount');
    }
    try {
      await writeUserFile(path, 'new', options());
      expect(await readFile(source, 'utf8')).toBe('new');
      expect(await readdir(folder.path)).toEqual(['report.xml', 'source']);
    } finally {
      execFileSync('umount', [path]);
    }
  });

  it('not at all when the new text cannot be written', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'there', 'report.xml');
    const writing = writeUserFile(path, 'x', options());
    await expect(writing).rejects.toBeInstanceOf(StorageError);
    await expect(writing).rejects.toThrow(`Cannot write ${path}: no such file or directory`);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('not at all when its symbolic links form a loop', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'loop');
    await symlink('loop', path);
    await expect(writeUserFile(path, 'x', options())).rejects.toBeInstanceOf(StorageError);
  });

  it('after the signal was aborted too', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'report.xml');
    await writeUserFile(path, 'x', options(AbortSignal.abort(new Error('stop'))));
    expect(await readFile(path, 'utf8')).toBe('x');
  });
});

describe('before a file is written', () => {
  it('its folder is created', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a/b/report.xml');
    await prepareToWrite(path);
    await writeUserFile(path, 'x', options());
    expect(await readFile(path, 'utf8')).toBe('x');
  });

  it('an obstacle is reported', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    await expect(prepareToWrite(join(file, 'report.xml'))).rejects.toBeInstanceOf(StorageError);
  });
});

test('text is appended to a file, which need not exist', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'summary.md');
  await appendToUserFile(path, 'one\n', options());
  await appendToUserFile(path, 'two\n', options());
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  const writing = appendToUserFile(folder.path, 'x', options());
  await expect(writing).rejects.toMatchObject({ code: 'not_a_file' });
});

test('a new file never replaces an existing one', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'models.json');
  expect(await createUserFile(path, 'one', options())).toBe(true);
  expect(await createUserFile(path, 'two', options())).toBe(false);
  expect(await readFile(path, 'utf8')).toBe('one');
});
