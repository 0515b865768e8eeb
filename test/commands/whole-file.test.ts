import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appendTo, prepareToWrite, readWhole, writeWhole } from '../../src/commands/whole-file.ts';
import { StorageError } from '../../src/core/errors.ts';
import { realRandom, temporaryFolder } from '../helpers/real-world.ts';

describe('a file that is written whole', () => {
  it('is there with nothing beside it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'report.xml');
    await writeWhole(path, 'old, and longer', realRandom);
    await writeWhole(path, 'new', realRandom);
    expect(await readWhole(path)).toBe('new');
    expect(await readdir(folder.path)).toEqual(['report.xml']);
  });

  it('has the permissions that are asked for', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'secret');
    await writeWhole(path, 'x', realRandom, 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps a link that leads to it', async () => {
    await using folder = await temporaryFolder();
    const [target, link] = [join(folder.path, 'target'), join(folder.path, 'link')];
    await writeFile(target, 'old');
    await symlink(target, link);
    await writeWhole(link, 'new', realRandom);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it('may be a pipe', async () => {
    await using folder = await temporaryFolder();
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [text] = await Promise.all([readFile(pipe, 'utf8'), writeWhole(pipe, 'y', realRandom)]);
    expect(text).toBe('y');
  });

  it('stays as it was when the new text cannot be written', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'there', 'report.xml');
    const writing = writeWhole(path, 'x', realRandom);
    await expect(writing).rejects.toBeInstanceOf(StorageError);
    await expect(writing).rejects.toThrow(`Cannot write ${path}: no such file or directory`);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('before the writing', () => {
  it('the folder is made', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a/b/report.xml');
    await prepareToWrite(path);
    await writeWhole(path, 'x', realRandom);
    expect(await readWhole(path)).toBe('x');
  });

  it('what would hinder it is found', async () => {
    await using folder = await temporaryFolder();
    const [file, there] = [join(folder.path, 'file'), join(folder.path, 'folder')];
    await Promise.all([writeFile(file, ''), mkdir(there)]);
    await expect(prepareToWrite(there)).rejects.toThrow('it is a folder');
    await expect(prepareToWrite(join(file, 'report.xml'))).rejects.toBeInstanceOf(StorageError);
  });
});

it('a file that is not there reads as nothing, one that cannot be read is an error', async () => {
  await using folder = await temporaryFolder();
  expect(await readWhole(join(folder.path, 'none'))).toBeUndefined();
  await expect(readWhole(folder.path)).rejects.toBeInstanceOf(StorageError);
});

it('text is added behind what is there', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'summary.md');
  await appendTo(path, 'one\n');
  await appendTo(path, 'two\n');
  expect(await readWhole(path)).toBe('one\ntwo\n');
  await expect(appendTo(folder.path, 'x')).rejects.toBeInstanceOf(StorageError);
});

describe('a pipe that is read', () => {
  it('is read to its end, however slowly it comes', async () => {
    await using folder = await temporaryFolder();
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', `{ printf a; sleep 0.2; printf b; } > '${pipe}'`]);
    // As with a shell's `<(command)`, the writer is there first.
    const held = await open(pipe, constants.O_RDWR);
    const reading = readWhole(pipe);
    await once(writer, 'exit');
    await held.close();
    expect(await reading).toBe('ab');
  });

  it('is empty where nobody writes, instead of waiting for ever', async () => {
    await using folder = await temporaryFolder();
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await readWhole(pipe)).toBe('');
  });
});
