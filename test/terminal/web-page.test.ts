import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { qrCode } from '../../src/terminal/web-page.ts';
import type { OutputStream } from '../../src/terminal/terminal.ts';

const PAGE = 'https://chat.qwen.ai/authorize?user_code=ABCD-EFGH&client=qwen-code';

function terminal(columns?: number): OutputStream {
  return Object.assign(new PassThrough(), { isTTY: true, ...(columns && { columns }) });
}

/** What a camera sees on a dark terminal: a block in the colour of the text is a light module. */
function modulesOf(code: string): boolean[][] {
  const dark = { '█': [false, false], '▀': [false, true], '▄': [true, false], ' ': [true, true] };
  return stripVTControlCharacters(code)
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const halves = [...line].map((block) => dark[block as keyof typeof dark]);
      return [halves.map(([top]) => top!), halves.map(([, bottom]) => bottom!)];
    });
}

test('a QR code shows the modules of its text, dark on light, with a quiet zone of two', async () => {
  const code = await qrCode(terminal(80), { NO_COLOR: '1' }, PAGE);
  const { data, size } = encode(PAGE, { border: 2 });
  expect(modulesOf(code!).slice(0, size)).toEqual(data);
  expect(data[0]).toEqual(Array.from({ length: size }, () => false));
});

test('a QR code is white on black on a terminal with colors', async () => {
  const code = await qrCode(terminal(80), { TERM: 'xterm-256color' }, PAGE);
  for (const line of code!.trimEnd().split('\n')) {
    expect(line).toMatch(/^\u001B\[40m\u001B\[97m[█▀▄ ]+\u001B\[39m\u001B\[49m$/);
  }
  expect(await qrCode(terminal(80), { NO_COLOR: '' }, PAGE)).not.toContain('\u001B');
});

test('a QR code is shown only on a terminal that is wide enough', async () => {
  const { size } = encode(PAGE, { border: 2 });
  expect(await qrCode(terminal(size), {}, PAGE)).toBeDefined();
  expect(await qrCode(terminal(size - 1), {}, PAGE)).toBeUndefined();
  expect(await qrCode(new PassThrough(), {}, PAGE)).toBeUndefined();
  expect(await qrCode(terminal(), {}, PAGE)).toBeDefined();
});
