import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createWriter } from '../../src/terminal/writer.ts';

/** A stream whose reader takes a piece only when it is told to. */
function slowReader() {
  const taken: string[] = [];
  let take = () => {};
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _, done) {
      taken.push(chunk.toString());
      take = done;
    },
  });
  return { stream, taken, take: () => take() };
}

describe('a writer', () => {
  it('writes all text of one tick at once, in its color', async () => {
    const { stream, taken } = slowReader();
    const writer = createWriter(stream, { paint: (text) => `<${text}>` });
    void writer.write('a');
    void writer.write('');
    void writer.write('b');
    await nextTurn();
    expect(taken).toEqual(['<ab>']);
  });

  it('makes its caller wait for a slow reader', async () => {
    const { stream, take } = slowReader();
    const writer = createWriter(stream);
    expect(writer.write('a')).toBeUndefined();
    await nextTurn();
    let free = false;
    const waiting = Promise.resolve(writer.write('b')).then(() => (free = true));
    await nextTurn();
    expect(free).toBe(false);
    take();
    await nextTurn();
    take();
    await waiting;
  });

  it('has written everything after flush()', async () => {
    const { stream, taken, take } = slowReader();
    const writer = createWriter(stream);
    void writer.write('a');
    const flushed = writer.flush();
    await nextTurn();
    take();
    await nextTurn();
    take();
    await flushed;
    expect(taken.join('')).toBe('a');
  });

  it.each<[string, (stream: Writable, controller: AbortController) => void]>([
    ['the reader is gone', (stream) => stream.destroy()],
    ['the reader fails', (stream) => stream.destroy(new Error('EPIPE'))],
    ['the program is aborted', (_, controller) => controller.abort()],
  ])('does not wait any more when %s', async (_, end) => {
    const { stream } = slowReader();
    stream.on('error', () => {});
    const controller = new AbortController();
    const writer = createWriter(stream, { signal: controller.signal });
    void writer.write('a');
    const flushed = writer.flush();
    await nextTurn();
    end(stream, controller);
    await flushed;
    await writer.flush();
    expect(stream.listenerCount('close')).toBe(0);
  });
});
