import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { confirm } from '../../src/terminal/confirm.ts';

const QUESTION = 'Send the key to one after the other, until one accepts it?';

/** Asks at a terminal of 40 columns, where the input is typed. */
async function ask(input: string) {
  const stdin = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
  stdin.end(input);
  const agreed = await confirm({ stdin, stderr }, QUESTION, new AbortController().signal);
  stderr.end();
  return { agreed, shown: await text(stderr) };
}

const SHOWN = 'Send the key to one after the other,\nuntil one accepts it? [y/N] ';

test.each([
  ['y\n', true, SHOWN],
  [' YES \n', true, SHOWN],
  ['\n', false, SHOWN],
  ['n\ny\n', false, SHOWN],
  ['yesterday\n', false, SHOWN],
  // Ctrl-D: what follows begins on a line of its own.
  ['', false, `${SHOWN}\n`],
])('the answer %j to a question is %j', async (input, agreed, shown) => {
  expect(await ask(input)).toEqual({ agreed, shown });
});
