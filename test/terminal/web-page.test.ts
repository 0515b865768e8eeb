import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { encode } from 'uqr';
import { expect, test } from 'vitest';
import {
  browserCommand,
  canOpenBrowser,
  openBrowser,
  qrCode,
} from '../../src/terminal/web-page.ts';
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

const SSH = { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' };

test.each<[Record<string, string>, boolean]>([
  [{ DISPLAY: ':0' }, true],
  [{ DISPLAY: ':0', CI: 'false' }, true],
  [{ DISPLAY: ':0', CI: 'False' }, true],
  [{ DISPLAY: ':0', CI: '0' }, true],
  [{ DISPLAY: ':0', CI: '' }, true],
  [{ DISPLAY: ':0', CI: 'true' }, false],
  [{ DISPLAY: ':0', CI: '1' }, false],
  [{ DISPLAY: ':0', CI: 'woodpecker' }, false],
  [{ DISPLAY: ':0', BROWSER: 'none' }, false],
  [{ DISPLAY: ':0', BROWSER: '' }, true],
  [{ DISPLAY: ':0', ...SSH }, false],
  [{}, false],
  [{ BROWSER: 'w3m' }, true],
  [{ BROWSER: '/opt/browser.sh %s', ...SSH }, true],
  [{ BROWSER: ' : ', ...SSH }, false],
  [{ BROWSER: 'none:firefox', ...SSH }, false],
  [{ BROWSER: 'firefox', CI: 'true' }, false],
])('with %j on Linux it is %j that a browser can be opened', (env, opened) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const streams = { stdin, stdout: terminal(), stderr: terminal() };
  expect(canOpenBrowser({ ...streams, env }, 'linux')).toBe(opened);
  expect(canOpenBrowser({ ...streams, stderr: new PassThrough(), env }, 'linux')).toBe(false);
});

const URL_WITH_SIGNS = 'https://issuer.example/a?b=$&c;d';

test.each([
  ['firefox', ['firefox', URL_WITH_SIGNS]],
  ['firefox -P work', ['firefox', '-P', 'work', URL_WITH_SIGNS]],
  ['chrome --app=%s --new', ['chrome', `--app=${URL_WITH_SIGNS}`, '--new']],
  ['"/a b/c" \'d "e\' f\\ g "%s"', ['/a b/c', 'd "e', 'f g', URL_WITH_SIGNS]],
  ['a; rm $(b)', ['a;', 'rm', '$(b)', URL_WITH_SIGNS]],
  ['unclosed "quote', ['unclosed', '"quote', URL_WITH_SIGNS]],
  [process.cwd(), [process.cwd(), URL_WITH_SIGNS]],
])('the command %j of BROWSER is started as %j', (entry, command) => {
  expect(browserCommand(entry, URL_WITH_SIGNS, 'linux')).toEqual(command);
});

test('on Windows the paths in BROWSER keep their backslashes', () => {
  expect(browserCommand('"C:\\my apps\\b.exe" -x', PAGE, 'win32')).toEqual([
    'C:\\my apps\\b.exe',
    '-x',
    PAGE,
  ]);
});

test('the commands in BROWSER are tried in turn until one works', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'my browser-'));
  try {
    const browser = join(folder, 'b');
    const opened = join(folder, 'opened');
    await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > '${opened}'\n`, { mode: 0o755 });
    const open = (BROWSER: string) => openBrowser(PAGE, { env: { BROWSER }, platform: 'linux' });
    expect(await open(`/missing:false:'${browser}' -n %s:none`)).toBe(true);
    expect(await readFile(opened, 'utf8')).toBe(`-n\n${PAGE}\n`);
    await rm(opened);
    expect(await open(`${browser} 1:none`)).toBe(false);
    expect(await open(`false:none:${browser}`)).toBe(false);
    await expect(readFile(opened)).rejects.toThrow('ENOENT');
    expect(await open(browser)).toBe(true);
    expect(await readFile(opened, 'utf8')).toBe(`${PAGE}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
