import { PassThrough } from 'node:stream';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLiveLines, type Span } from '../../src/terminal/live.ts';

const PLAIN = { NO_COLOR: '1' };

/** Live lines on a terminal emulator. */
async function onScreen(columns: number, rows = 10) {
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  let raw = '';
  stream.on('data', (data: Buffer) => {
    raw += data.toString();
    emulator.write(data.toString().replaceAll('\n', '\r\n'));
  });
  const live = await openLiveLines(stream, PLAIN);
  return {
    live,
    stream,
    raw: () => raw,
    resize(next: number) {
      emulator.resize(next, rows);
      stream.columns = next;
    },
    async screen() {
      await new Promise<void>((resolve) => emulator.write('', resolve));
      const { active } = emulator.buffer;
      const lines = Array.from({ length: rows }, (_, row) =>
        (active.getLine(active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
      );
      return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
    },
  };
}

const spans = (...lines: string[]): Span[][] => lines.map((text) => [{ text }]);

describe('live lines', () => {
  it('replace the lines before them, also when there are more or fewer', async () => {
    const { live, screen, stream } = await onScreen(40);
    stream.write('before\n');
    live.draw(spans('one', 'two'));
    live.draw(spans('one', 'second', 'three'));
    expect(await screen()).toEqual(['before', 'one', 'second', 'three']);
    live.draw(spans('last'));
    expect(await screen()).toEqual(['before', 'last']);
  });

  it('are cut to the width of the terminal, also at characters of two columns', async () => {
    const { live, screen } = await onScreen(10);
    live.draw([[{ text: 'abcdef' }, { text: '通义千问' }, { text: 'never' }], [{ text: 'x' }]]);
    expect(await screen()).toEqual(['abcdef通…', 'x']);
  });

  it('are replaced correctly after the terminal became narrower', async () => {
    const { live, screen, resize, stream } = await onScreen(30);
    stream.write('before\n');
    live.draw(spans('a'.repeat(25), 'b'.repeat(25)));
    await screen();
    resize(10);
    live.draw(spans('c', 'd'));
    expect(await screen()).toEqual(['before', 'c', 'd']);
  });

  it('keep control characters of a text from outside off the terminal', async () => {
    const { live, screen, raw } = await onScreen(40);
    live.draw(spans('a\nb\r\u001b[2Jc\u202ed', 'next'));
    expect(await screen()).toEqual([String.raw`a b c\u{202e}d`, 'next']);
    expect(raw()).not.toContain('\u001b[2J');
  });

  it('are kept or erased at the end, and the cursor is shown again', async () => {
    for (const [outcome, left] of [
      ['erase', ['after']],
      ['keep', ['one', 'two', 'after']],
    ] as const) {
      const { live, screen, stream, raw } = await onScreen(40);
      live.draw(spans('one', 'two'));
      live.stop(outcome);
      stream.write('after\n');
      expect(await screen()).toEqual(left);
      expect(raw().indexOf('\u001b[?25h')).toBeGreaterThan(raw().indexOf('\u001b[?25l'));
    }
  });

  it('write nothing when none were drawn', async () => {
    const { live, raw } = await onScreen(40);
    live.stop('erase');
    expect(raw()).toBe('');
  });

  it('leave nothing of earlier lines, whatever was drawn', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 50 });
    const frames = fc.array(fc.array(line, { minLength: 1, maxLength: 6 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(frames, async (drawn) => {
        const { live, screen, stream } = await onScreen(20);
        stream.write('before\n');
        for (const lines of drawn) live.draw(spans(...lines));
        live.stop('erase');
        expect(await screen()).toEqual(['before']);
      }),
      { numRuns: 50 },
    );
  });
});
