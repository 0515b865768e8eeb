import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { recordingApi } from '../helpers/recording-api.ts';

const OK = json(200, { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
const GIF = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64');

let home: Home;
beforeAll(async () => {
  home = await createHome();
});
afterAll(() => home[Symbol.asyncDispose]());

test('a folder is sent as its text files, and stderr lists them', async () => {
  await using api = await recordingApi(OK);
  await mkdir(join(home.path, 'code'));
  await writeFile(join(home.path, 'code', 'b.js'), '2');
  await writeFile(join(home.path, 'code', 'a.js'), '1');
  for (const place of ['code', 'code/*.js']) {
    expect(await home.run(['chat', 'Review', '-f', place], { env: api.env })).toEqual({
      code: 0,
      stdout: 'ok\n',
      stderr: `From ${place} (2 files, 1 KiB):\n  code/a.js\n  code/b.js\n`,
    });
  }
  const content = 'Review\n\ncode/a.js:\n```\n1\n```\n\ncode/b.js:\n```\n2\n```';
  expect(api.asked.map(({ messages }) => messages)).toMatchObject([[{ content }], [{ content }]]);
});

test('a picture can come from standard input, with -i and with -f', async () => {
  await using api = await recordingApi(OK);
  for (const flag of ['-i', '-f']) {
    const args = ['chat', 'What is it?', flag, '-'];
    expect(await home.run(args, { env: api.env, input: GIF })).toMatchObject({ code: 0 });
  }
  const url = `data:image/gif;base64,${GIF.toString('base64')}`;
  const content = [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text: 'What is it?' },
  ];
  const messages = [{ role: 'user', content }];
  expect(api.asked.map((asked) => asked.messages)).toEqual([messages, messages]);
});

test('standard input that is no picture, and a folder without text, are refused before a request', async () => {
  await using api = await recordingApi(OK);
  await mkdir(join(home.path, 'empty'));
  for (const [args, input, words] of [
    [['-i', '-'], 'text', 'Standard input is not a picture'],
    [['-i', '-'], '', 'Standard input is empty'],
    [['-f', 'empty'], '', 'empty names no text file'],
  ] as const) {
    const result = await home.run(['chat', 'x', ...args], { env: api.env, input });
    expect(result).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
  }
  expect(api.asked).toEqual([]);
});

test('a glob that the shell has replaced by several files is refused', async () => {
  await Promise.all(['one.js', 'two.js'].map((name) => writeFile(join(home.path, name), '1')));
  for (const flag of ['-f', '--file', '-i']) {
    const result = await home.run(['chat', flag, 'one.js', 'two.js', 'Explain']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`${flag} takes one path, and "two.js" after it is a file too`);
    expect(result.stderr).toContain(`repeat the flag: ${flag} one.js ${flag} two.js`.slice(1));
  }
});
