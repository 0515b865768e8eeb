import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { prepareToWrite, writeUserFile } from '../../../src/core/files/user-output.ts';
import { realClock, realRandom, temporaryFolder } from '../../helpers/real-world.ts';

const options = (signal = new AbortController().signal) => ({
  clock: realClock,
  random: realRandom,
  self: process,
  signal,
});

async function fifo(folder: { path: string }): Promise<string> {
  const path = join(folder.path, 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

describe('a FIFO is written to', () => {
  it('as soon as a process reads from it', async () => {
    await using folder = await temporaryFolder();
    const pipe = await fifo(folder);
    const writing = writeUserFile(pipe, 'y', options());
    const reader = spawn('sh', ['-c', 'sleep 0.1; cat "$0"', pipe]);
    let text = '';
    reader.stdout.on('data', (part) => (text += part));
    await Promise.all([writing, once(reader, 'close')]);
    expect(text).toBe('y');
  });

  it('with more than the pipe holds, to a slow reader', async () => {
    await using folder = await temporaryFolder();
    const pipe = await fifo(folder);
    const text = 'abcdefgh'.repeat(2 ** 16);
    const reader = spawn('sh', ['-c', '{ sleep 0.1; wc -c; } < "$0"', pipe]);
    let counted = '';
    reader.stdout.on('data', (part) => (counted += part));
    await Promise.all([writeUserFile(pipe, text, options()), once(reader, 'close')]);
    expect(counted.trim()).toBe(String(text.length));
  });

  it('until the signal is aborted, without a reader', async () => {
    await using folder = await temporaryFolder();
    const pipe = await fifo(folder);
    const controller = new AbortController();
    const writing = writeUserFile(pipe, 'y', options(controller.signal));
    const reason = new Error('stop');
    setTimeout(() => controller.abort(reason), 50);
    await expect(writing).rejects.toBe(reason);
  });

  it('for 1 s after the signal is aborted, when its reader stopped reading', async () => {
    await using folder = await temporaryFolder();
    const pipe = await fifo(folder);
    const held = spawn('sh', ['-c', 'exec sleep 20 < "$0"', pipe], { stdio: 'ignore' });
    const controller = new AbortController();
    const reason = new Error('stop');
    let waited = 0;
    let aborted_at: number | undefined;
    const clock = {
      monotonic: () => waited,
      // The signal ends the wait for a reader; without one, the pipe is full.
      async sleep(ms: number, signal?: AbortSignal) {
        if (signal) return realClock.sleep(ms, signal);
        waited += ms;
        if (!controller.signal.aborted) aborted_at = waited;
        controller.abort(reason);
        return undefined;
      },
    };
    const text = 'y'.repeat(2 ** 20);
    const writing = writeUserFile(pipe, text, { ...options(controller.signal), clock });
    await expect(writing).rejects.toBe(reason);
    expect(waited - (aborted_at ?? Infinity)).toBeGreaterThanOrEqual(1000);
    expect(waited - (aborted_at ?? Infinity)).toBeLessThan(1100);
    held.kill();
  });

  it('and the end of its reader is an error', async () => {
    await using folder = await temporaryFolder();
    const pipe = await fifo(folder);
    const reader = spawn('sh', ['-c', 'head -c 1 < "$0"', pipe], { stdio: 'ignore' });
    const writing = writeUserFile(pipe, 'y'.repeat(2 ** 20), options());
    await expect(writing).rejects.toThrow(`Cannot write ${pipe}: broken pipe`);
    reader.kill();
  });
});

it('a FIFO without a reader is not waited for before it is written', async () => {
  await using folder = await temporaryFolder();
  await prepareToWrite(await fifo(folder));
});
