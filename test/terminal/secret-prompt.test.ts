import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { promptSecret } from '../../src/terminal/secret-prompt.ts';

function terminal() {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  /** Resolves when the question is shown. */
  const asked = once(stderr, 'readable');
  const raw: boolean[] = [];
  const controller = new AbortController();
  const answer = promptSecret(
    {
      stdin: Object.assign(stdin, { isTTY: true, setRawMode: (on: boolean) => raw.push(on) }),
      stderr,
    },
    'Key: ',
    controller.signal,
  );
  // Node 26 reads one piece of what was written at a time, earlier ones read all.
  const shown = () => {
    let text = '';
    for (let piece = stderr.read(); piece !== null; piece = stderr.read()) text += String(piece);
    return text;
  };
  return { stdin, asked, raw, answer, controller, shown };
}

/** Keys come one by one, each as one piece. */
const KEY = /\u001B(?:\[\d*|O)[A-D~]|./gsu;

test.each([
  ['sk-abc\r', 'sk-abc'],
  ['sk-abc\n', 'sk-abc'],
  ['sk-abx\u007Fc\r', 'sk-abc'],
  ['\u007F\ba\r', 'a'],
  ['wrong\u0015right\r', 'right'],
  ['ac\u001B[Db\r', 'abc'],
  ['abx\u001B[D\u001B[3~c\r', 'abc'],
  ['\u001B[A\u001BOBabc\r', 'abc'],
  ['\u001B[200~pasted\u001B[201~\r', 'pasted'],
  ['first\rsecond\r', 'first'],
  ['\u0004', ''],
  ['clé€😀x\u007F\u007F\r', 'clé€'],
  ['half\u0003', undefined],
])('a hidden prompt reads %j as %j and shows nothing', async (typed, answer) => {
  const one = terminal();
  await one.asked;
  for (const key of typed.match(KEY) ?? []) {
    one.stdin.write(key);
    await setImmediate();
  }
  expect(await one.answer).toBe(answer);
  expect(one.shown()).toBe('Key: \n');
  expect(one.raw).toEqual([true, false]);
});

test('a hidden prompt takes letters that come one by one', async () => {
  const one = terminal();
  for (const letter of 'abc\r') one.stdin.write(letter);
  expect(await one.answer).toBe('abc');
});

test('a hidden prompt joins a character that arrives in two pieces', async () => {
  const one = terminal();
  const bytes = Buffer.from('clé\r');
  one.stdin.write(bytes.subarray(0, 3));
  one.stdin.write(bytes.subarray(3));
  expect(await one.answer).toBe('clé');
});

test('an abort ends a hidden prompt and turns raw mode off', async () => {
  const one = terminal();
  await one.asked;
  one.stdin.write('half');
  one.controller.abort(new Error('SIGTERM'));
  await expect(one.answer).rejects.toThrow('SIGTERM');
  expect(one.raw).toEqual([true, false]);
});

test('a hidden prompt has no answer when the terminal goes away', async () => {
  const one = terminal();
  one.stdin.end('half');
  expect(await one.answer).toBeUndefined();
  expect(one.raw).toEqual([true, false]);
});

test('a hidden prompt fails with the error of its stream', async () => {
  const one = terminal();
  await one.asked;
  one.stdin.destroy(new Error('EIO'));
  await expect(one.answer).rejects.toThrow('EIO');
  expect(one.raw).toEqual([true, false]);
});

test('a paste of 5,000 characters at a hidden prompt arrives whole', async () => {
  const one = terminal();
  one.stdin.write('k'.repeat(5000));
  one.stdin.write('\r');
  expect(await one.answer).toBe('k'.repeat(5000));
});
