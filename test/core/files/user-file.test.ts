import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, test } from 'vitest';
import {
  findUserBytes,
  findUserText,
  readUserBytes,
  readUserText,
} from '../../../src/core/files/user-file.ts';
import { realClock, temporaryFolder } from '../../helpers/real-world.ts';

const isRoot = process.getuid?.() === 0;
const MANY = 17 * 2 ** 20;

const options = (signal = new AbortController().signal) => ({ clock: realClock, signal });

async function lockFolder() {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'file');
  return { path, folder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

async function fifo() {
  const one = await lockFolder();
  execFileSync('mkfifo', [one.path]);
  return one;
}

/** Runs a shell command that finds the path in `$0`. */
function shell(command: string, path: string) {
  const child = spawn('sh', ['-c', command, path], { stdio: 'ignore' });
  return { [Symbol.dispose]: () => void child.kill('SIGKILL'), ended: once(child, 'exit') };
}

/** Reads until the signal is aborted after 50 ms. @returns what the reading rejects with */
async function interrupted(path: string): Promise<unknown> {
  const controller = new AbortController();
  const reason = new Error('stop');
  const reading = findUserBytes(path, options(controller.signal));
  setTimeout(() => controller.abort(reason), 50);
  return (await reading.catch((error: unknown) => error)) === reason;
}

describe('a FIFO', () => {
  it('is waited for until a process writes to it', async () => {
    await using one = await fifo();
    using _ = shell('sleep 0.1; printf a > "$0"', one.path);
    expect(await readUserText(one.path, options())).toBe('a');
  });

  it('is read to its end, however slowly the data comes', async () => {
    await using one = await fifo();
    using _ = shell('{ printf a; sleep 0.2; printf b; } > "$0"', one.path);
    expect(await readUserText(one.path, options())).toBe('ab');
  });

  it('is empty when a process opens it and writes nothing', async () => {
    await using one = await fifo();
    using _ = shell('sleep 0.1; : > "$0"', one.path);
    expect(await readUserText(one.path, options())).toBe('');
  });

  it('without a writer is waited for until the signal is aborted', async () => {
    await using one = await fifo();
    expect(await interrupted(one.path)).toBe(true);
  });

  it('with a silent writer is waited for until the signal is aborted', async () => {
    await using one = await fifo();
    using _ = shell('exec sleep 20 > "$0"', one.path);
    expect(await interrupted(one.path)).toBe(true);
  });

  it('is not opened after the signal was aborted', async () => {
    await using one = await fifo();
    const reason = new Error('stop');
    const reading = readUserBytes(one.path, options(AbortSignal.abort(reason)));
    await expect(reading).rejects.toBe(reason);
  });

  it('with an endless writer is too large', async () => {
    await using one = await fifo();
    using _ = shell('exec cat /dev/zero > "$0"', one.path);
    await expect(readUserBytes(one.path, options())).rejects.toMatchObject({
      kind: 'usage',
      code: 'file_too_large',
      message: `${one.path} is larger than 16 MiB`,
    });
  });
});

describe('a device', () => {
  it.skipIf(!existsSync('/dev/zero'))('without an end is too large', async () => {
    const reading = readUserBytes('/dev/zero', options());
    await expect(reading).rejects.toThrow('/dev/zero is larger than 16 MiB');
  });

  it('without data is empty', async () => {
    expect(await readUserText('/dev/null', options())).toBe('');
  });

  it('of /proc that waits for data is waited for until the signal is aborted', async (context) => {
    try {
      closeSync(openSync('/proc/kmsg', constants.O_RDONLY | constants.O_NONBLOCK));
    } catch {
      return context.skip('needs the right to read the log of the kernel');
    }
    expect(await interrupted('/proc/kmsg')).toBe(true);
  });
});

describe('a file', () => {
  it('is read without its byte order mark', async () => {
    await using one = await lockFolder();
    await writeFile(one.path, '\uFEFFä');
    expect(await readUserText(one.path, options())).toBe('ä');
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFFabc', 'utf16le')],
    ['Latin-1', Buffer.from('ä', 'latin1')],
    ['binary', Buffer.from('a\0b')],
  ])('in %s is not text', async (_, bytes) => {
    await using one = await lockFolder();
    await writeFile(one.path, bytes);
    await expect(readUserText(one.path, options())).rejects.toMatchObject({
      kind: 'usage',
      code: 'not_text',
    });
  });

  it('of 16 MiB is read, and one byte more is too large', async () => {
    await using one = await lockFolder();
    await writeFile(one.path, '');
    await truncate(one.path, 2 ** 24);
    expect(await readUserBytes(one.path, options())).toHaveLength(2 ** 24);
    await truncate(one.path, 2 ** 24 + 1);
    await expect(readUserBytes(one.path, options())).rejects.toThrow('is larger than 16 MiB');
  });

  it('has a smaller cap when the caller sets one', async () => {
    await using one = await lockFolder();
    await writeFile(one.path, Buffer.alloc(MANY));
    const reading = readUserBytes(one.path, { ...options(), cap: 1.5 * 2 ** 20 });
    await expect(reading).rejects.toThrow('is larger than 1.5 MiB');
  });

  it('that does not exist is undefined, or an error when it is required', async () => {
    await using one = await lockFolder();
    expect(await findUserBytes(one.path, options())).toBeUndefined();
    expect(await findUserText(one.path, options())).toBeUndefined();
    await expect(readUserText(one.path, options())).rejects.toMatchObject({
      kind: 'usage',
      code: 'file_not_found',
      message: `Cannot read ${one.path}: no such file or directory`,
    });
  });

  it('is read through a symbolic link, and a loop of links is an error', async () => {
    await using one = await lockFolder();
    await symlink(join(one.folder, 'target'), one.path);
    await writeFile(join(one.folder, 'target'), 'x');
    expect(await readUserText(one.path, options())).toBe('x');
    await symlink('loop', join(one.folder, 'loop'));
    await expect(readUserText(join(one.folder, 'loop'), options())).rejects.toMatchObject({
      kind: 'storage',
      code: 'file_not_read',
    });
  });

  test('that is a folder is an error', async () => {
    await using one = await lockFolder();
    await mkdir(one.path);
    await expect(readUserText(one.path, options())).rejects.toMatchObject({
      kind: 'usage',
      code: 'not_a_file',
      message: `${one.path} is a folder, not a file`,
    });
  });

  test.skipIf(isRoot)('that may not be read is an error', async () => {
    await using one = await lockFolder();
    await writeFile(one.path, '');
    await chmod(one.path, 0);
    await expect(readUserText(one.path, options())).rejects.toMatchObject({
      kind: 'storage',
      code: 'file_not_read',
      message: `Cannot read ${one.path}: permission denied`,
    });
  });
});
