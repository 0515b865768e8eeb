import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { canCopy, canReadKeys, copy, watchKeys } from '../../src/terminal/keys.ts';

function watched() {
  const raw: boolean[] = [];
  const keys: string[] = [];
  const signals: string[] = [];
  const end = new AbortController();
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => raw.push(on),
  });
  watchKeys(
    stdin,
    end.signal,
    (key) => keys.push(key),
    (signal) => signals.push(signal),
  );
  const type = async (text: string) => {
    stdin.write(text);
    await setImmediate();
  };
  return { raw, keys, signals, end, stdin, type };
}

test('keys are read in raw mode until the waiting ends, escape sequences are not keys', async () => {
  const { raw, keys, end, stdin, type } = watched();
  for (const text of ['c', '\u001B[A', '\r', 'ccx']) await type(text);
  expect(raw).toEqual([true]);
  end.abort();
  await type('c');
  expect(keys).toEqual(['c', '\r', 'c', 'x']);
  expect(raw).toEqual([true, false]);
  expect(stdin.isPaused()).toBe(true);
});

test.each([
  ['Ctrl-C', '\u0003', 'SIGINT'],
  ['Ctrl-C after keys', 'cc\u0003', 'SIGINT'],
  ['Ctrl-Z', '\u001A', 'SIGTSTP'],
  ['Ctrl-\\', '\u001C', 'SIGQUIT'],
])('%s leaves raw mode and sends its signal once', async (_, text, signal) => {
  const { raw, keys, signals, end, type } = watched();
  await type(text);
  await type(text);
  end.abort();
  expect({ raw, keys, signals }).toEqual({ raw: [true, false], keys: [], signals: [signal] });
});

test('no keys are read from a pipe, in CI, or after the end of the waiting', () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const terminal = { stdin, stdout: stderr, stderr, env: { TERM: 'xterm' } };
  expect(canReadKeys(terminal, 'win32')).toBe(true);
  expect(canReadKeys({ ...terminal, stdin: new PassThrough() }, 'win32')).toBe(false);
  expect(canReadKeys({ ...terminal, stderr: new PassThrough() }, 'win32')).toBe(false);
  expect(canReadKeys({ ...terminal, env: { TERM: 'xterm', CI: '1' } }, 'win32')).toBe(false);
  const unread = Object.assign(new PassThrough(), { setRawMode: () => expect.unreachable() });
  watchKeys(unread, AbortSignal.abort(), () => {});
  expect(unread.listenerCount('data')).toBe(0);
});

test.each<[Record<string, string>, boolean]>([
  [{ TERM: 'xterm-256color' }, true],
  [{ TERM: 'screen-256color', TMUX: '/tmp/tmux' }, true],
  [{ TERM: 'screen', STY: '1.pts' }, false],
  [{ WT_SESSION: '1' }, true],
  [{ TERM: 'linux' }, false],
  [{ TERM: 'vt100' }, false],
  [{ TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal' }, false],
  [{ TERM: 'xterm-256color', VTE_VERSION: '7600' }, false],
  [{}, false],
])('a terminal with %j can copy: %j', (env, able) => {
  expect(canCopy(env)).toBe(able);
});

test('a copy is one OSC 52 sequence, and wrapped once more for tmux', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  copy(stream, {}, 'ABCD');
  expect(stream.read()).toBe('\u001B]52;c;QUJDRA==\u0007');
  copy(stream, { TMUX: 'x' }, 'ABCD');
  expect(stream.read()).toBe(
    '\u001B]52;c;QUJDRA==\u0007\u001BPtmux;\u001B\u001B]52;c;QUJDRA==\u0007\u001B\\',
  );
});
