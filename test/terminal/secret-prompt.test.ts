import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { promptSecret } from '../../src/terminal/secret-prompt.ts';

function terminal() {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  const raw: boolean[] = [];
  const controller = new AbortController();
  const answer = promptSecret(
    {
      stdin: Object.assign(stdin, { isTTY: true, setRawMode: (on: boolean) => raw.push(on) }),
      stdout: new PassThrough(),
      stderr,
      env: {},
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
  return { stdin, raw, answer, controller, shown };
}

test.each([
  ['sk-abc\r', 'sk-abc'],
  ['sk-abc\n', 'sk-abc'],
  ['sk-abx\u007Fc\r', 'sk-abc'],
  ['\u007F\ba\r', 'a'],
  ['wrong\u0015right\r', 'right'],
  ['a\u001B[D\u001B[3~b\u001BOAc\r', 'abc'],
  ['\u001B[200~pasted\u001B[201~\r', 'pasted'],
  ['first\rsecond\r', 'first'],
  ['ended\u0004', 'ended'],
  ['half\u0003', undefined],
])('%j is understood as %s and not shown', async (typed, answer) => {
  const one = terminal();
  one.stdin.write(typed);
  expect(await one.answer).toBe(answer);
  expect(one.shown()).toBe('Key: \n');
  expect(one.raw).toEqual([true, false]);
});

test('letters that come one by one make the same line', async () => {
  const one = terminal();
  for (const letter of 'abc\r') one.stdin.write(letter);
  expect(await one.answer).toBe('abc');
});

test('a character that arrives in two pieces is one character', async () => {
  const one = terminal();
  const bytes = Buffer.from('clé\r');
  one.stdin.write(bytes.subarray(0, 3));
  one.stdin.write(bytes.subarray(3));
  expect(await one.answer).toBe('clé');
});

test('a signal ends the prompt and gives the terminal back', async () => {
  const one = terminal();
  one.stdin.write('half');
  one.controller.abort(new Error('SIGTERM'));
  await expect(one.answer).rejects.toThrow('SIGTERM');
  expect(one.raw).toEqual([true, false]);
});

test('a terminal that goes away is no answer', async () => {
  const one = terminal();
  one.stdin.end();
  expect(await one.answer).toBeUndefined();
  expect(one.raw).toEqual([true, false]);
});
