import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { recordingApi } from '../helpers/recording-api.ts';

const OK = json(200, { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
const GIF = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64');

let home: Home;
let folder: string;
const file = (name: string) => join(folder, name);
beforeAll(async () => {
  home = await createHome();
  folder = await mkdtemp(join(tmpdir(), 'qwen-demo-test-'));
  await Promise.all([
    writeFile(file('notes.md'), 'one\n```\ntwo\n```\n'),
    writeFile(file('short.txt'), 'short'),
    writeFile(file('dot.png'), GIF),
    writeFile(file('binary'), Buffer.from([0x41, 0x00, 0x42])),
    writeFile(file('latin1.txt'), Buffer.from([0xe4, 0xf6])),
    writeFile(file('large.txt'), Buffer.alloc(4 * 2 ** 20 + 1, 'x')),
    writeFile(file('large.gif'), Buffer.concat([GIF, Buffer.alloc(8 * 2 ** 20)])),
    writeFile(file('system.txt'), 'Be brief.\n'),
    writeFile(
      file('messages.json'),
      '[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]',
    ),
    writeFile(
      file('with-system.json'),
      '[{"role":"system","content":"s"},{"role":"user","content":"a"}]',
    ),
  ]);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The messages that a command line sends. */
async function messagesOf(args: string[], input: string | null = '') {
  await using api = await recordingApi(OK);
  const result = await home.run(['chat', ...args], { env: api.env, input });
  expect(result).toMatchObject({ code: 0, stdout: 'ok\n' });
  return api.asked[0]?.messages ?? [];
}

async function refusalOf(args: string[], input = '') {
  await using api = await recordingApi(OK);
  const result = await home.run(['chat', ...args], { env: api.env, input });
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(api.asked).toEqual([]);
  return result.stderr;
}

test('chat refuses standard input that is not text, and sends no request', async () => {
  for (const input of ['a\0b', Buffer.from([0xe4, 0xf6])]) {
    expect(await home.run(['chat'], { input })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('error: Standard input is not text in UTF-8'),
    });
  }
});

describe('a file', () => {
  test('each file of -f follows the prompt in a fence under its name', async () => {
    const args = ['-p', 'Compare.', '-f', file('notes.md'), '--file', file('short.txt')];
    expect(await messagesOf(args)).toEqual([
      {
        role: 'user',
        content: [
          'Compare.',
          `${file('notes.md')}:\n\`\`\`\`\none\n\`\`\`\ntwo\n\`\`\`\n\`\`\`\``,
          `${file('short.txt')}:\n\`\`\`\nshort\n\`\`\``,
        ].join('\n\n'),
      },
    ]);
  });

  test('a file needs no prompt, and goes with a prompt from standard input', async () => {
    expect((await messagesOf(['-f', file('short.txt')]))[0]?.content).toMatch(/^\/.*short\n```$/s);
    const [both] = await messagesOf(['-f', file('short.txt')], 'piped\n');
    expect(both?.content).toMatch(/^piped\n\n\/.*short\n```$/s);
  });

  test.each([
    ['is not there', 'nowhere.txt', 'no such file or directory'],
    ['is binary', 'binary', 'is not text in UTF-8'],
    ['is in another encoding', 'latin1.txt', 'is not text in UTF-8'],
    ['is too large', 'large.txt', 'is larger than 4 MiB'],
  ])('a file that %s is refused', async (_, name, words) => {
    expect(await refusalOf(['-p', 'x', '-f', file(name)])).toContain(words);
  });
});

describe('a picture', () => {
  test('a picture is sent as a data URL of its real type, before the prompt', async () => {
    expect(await messagesOf(['-p', 'What is it?', '-i', file('dot.png')])).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'image_url',
            image_url: { url: `data:image/gif;base64,${GIF.toString('base64')}` },
          },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ]);
  });

  test('a picture can be a URL, and needs no prompt', async () => {
    const url = 'https://example.com/a.png?b=c';
    expect(await messagesOf(['-i', url])).toEqual([
      { role: 'user', content: [{ type: 'image_url', image_url: { url } }] },
    ]);
  });

  test.each([
    ['is text', ['-i', 'short.txt'], 'is not a picture'],
    ['is too large', ['-i', 'large.gif'], 'is larger than 7.5 MiB'],
    ['is not there', ['-i', 'nowhere.png'], 'no such file or directory'],
  ])('a picture that %s is refused', async (_, [flag = '', name = ''], words) => {
    expect(await refusalOf(['-p', 'x', flag, file(name)])).toContain(words);
  });

  test.each(['file:///etc/passwd', 'ftp://example.com/a.png', 'data:text/html,x', 'https://'])(
    'a picture at %s is refused',
    async (url) => {
      expect(await refusalOf(['-p', 'x', '-i', url])).toContain('No picture can be had from');
    },
  );
});

describe('the system text', () => {
  test('the system text can come from a file', async () => {
    expect(await messagesOf(['-p', 'x', '--system', `@${file('system.txt')}`])).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'x' },
    ]);
  });
});

describe('a message array', () => {
  const [a, b] = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ];

  test('a message array is sent unchanged', async () => {
    expect(await messagesOf(['--messages', file('messages.json')], null)).toEqual([a, b]);
  });

  test('a message array can come from standard input', async () => {
    expect(await messagesOf(['--messages', '-'], '[{"role":"user","content":"a"}]')).toEqual([a]);
  });

  test('the system text is put before a message array, and the prompt after it', async () => {
    const args = ['--messages', file('messages.json'), '-p', 'c', '--system', 's'];
    expect(await messagesOf(args)).toEqual([
      { role: 'system', content: 's' },
      a,
      b,
      { role: 'user', content: 'c' },
    ]);
  });

  test('a message array from standard input is followed by the prompt of -p', async () => {
    const args = ['--messages', '-', '-p', 'c'];
    expect(await messagesOf(args, JSON.stringify([a, b]))).toHaveLength(3);
  });

  test.each([
    ['is not there', ['--messages', 'nowhere.json'], 'no such file'],
    ['is no array', ['--messages', 'short.txt'], 'is not JSON'],
    [
      'has a system text beside --system',
      ['--messages', 'with-system.json', '--system', 's'],
      'in --messages and in --system',
    ],
  ])('a message array that %s is refused', async (_, [flag = '', name = '', ...more], words) => {
    expect(await refusalOf([flag, file(name), ...more])).toContain(words);
  });

  test('a message array and the prompt cannot both come from standard input', async () => {
    expect(await refusalOf(['--messages', '-', '-p', '-'])).toContain('can be only one');
  });
});

describe('words without a flag are the prompt', () => {
  test.each([
    [['what', 'is', 'a', 'monad'], 'what is a monad'],
    [['what is a monad', '-s'], 'what is a monad'],
    [['-s', 'what', 'is', '--no-thinking', 'it'], 'what is it'],
    [['--', '-p', 'is', 'what?'], '-p is what?'],
    [['--', '--help'], '--help'],
    [['什么是单子？'], '什么是单子？'],
  ])('chat %j sends %j', async (args, prompt) => {
    expect(await messagesOf(args)).toEqual([{ role: 'user', content: prompt }]);
  });

  test('standard input follows the words, and "-" stands for it', async () => {
    expect(await messagesOf(['explain', 'this'], 'code')).toEqual([
      { role: 'user', content: 'explain this\n\ncode' },
    ]);
    expect(await messagesOf(['-'], 'code')).toEqual([{ role: 'user', content: 'code' }]);
  });

  test('words and -p together exit 2 and say so, as do words with --list, --show and --delete', async () => {
    expect(await refusalOf(['-p', 'what', 'is', 'a', 'monad'])).toMatch(
      /^error: The prompt is given twice, with -p and without\n/,
    );
    for (const stored of [['--list'], ['--show', 'talk'], ['--delete', 'talk']]) {
      expect(await refusalOf([...stored, 'hello'])).toMatch(
        `error: ${stored[0]} sends no prompt, and there is one`,
      );
    }
  });

  test('no words and an empty one are no prompt', async () => {
    for (const args of [[], [''], ['--', ' ']]) {
      expect(await refusalOf(args)).toMatch('error: There is no prompt\n');
    }
  });

  test('at the top level one argument with a space in it asks', async () => {
    await using api = await recordingApi(OK);
    const lines = [['what is\na monad'], ['what is a monad', '-s'], ['--', '-5 plus 3?']];
    for (const args of lines) {
      expect(await home.run(args, { env: api.env })).toMatchObject({ code: 0, stdout: 'ok\n' });
    }
    expect(api.asked.map(({ messages }) => messages)).toMatchObject([
      [{ content: 'what is\na monad' }],
      [{ content: 'what is a monad' }],
      [{ content: '-5 plus 3?' }],
    ]);
  });
});
