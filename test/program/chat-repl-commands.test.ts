import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TerminalOptions } from '../helpers/pty.ts';
import { CTRL_D, ENTER, replWorld } from '../helpers/repl.ts';

/** The beginning of a picture, which is what tells its type. */
const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');

type SessionOptions = Partial<TerminalOptions> & Parameters<typeof replWorld>[0];

/** A session in which line after line is typed, each when the one before is done. */
async function session(args: string[] = [], options: SessionOptions = {}) {
  const world = await replWorld(options);
  const chat = world.start(args, options);
  let prompts = 0;
  const prompt = async () => {
    prompts += 1;
    await chat.seen(new RegExp(`(?:> \\u001B\\[3G[^]*){${prompts}}$`));
  };
  await prompt();
  return {
    ...world,
    chat,
    /** Resolves to what was printed for it. */
    async says(line: string): Promise<string> {
      const before = chat.raw().length;
      chat.type(line + ENTER);
      await prompt();
      const printed = chat.raw().slice(before);
      return printed.slice(printed.indexOf('\u001B[?2004l') + 8, printed.indexOf('\u001B[?2004h'));
    },
    async end() {
      chat.type(CTRL_D);
      return chat.exit;
    },
  };
}

test('/help lists all commands, and an unknown command is not sent as a question', async () => {
  await using s = await session();
  const help = await s.says('/help');
  for (const name of 'model system image file usage save retry undo copy list load new clear'.split(
    ' ',
  )) {
    expect(help).toMatch(new RegExp(`\n  /${name} `));
  }
  expect(await s.says('/nonsense')).toContain('There is no /nonsense. /help lists');
  expect(await s.says('/modle x')).toContain('There is no /modle. Did you mean /model x?');
  expect(await s.says('/history')).toContain('Did you mean /list?');
  expect(await s.says('/constructor')).toContain('There is no /constructor');
  expect(s.requests).toEqual([]);
  expect(await s.says('/etc/hosts is what?')).toContain('re: /etc/hosts');
  expect(await s.end()).toBe(0);
});

test('/exit and :q end the REPL with exit code 0', async () => {
  for (const command of ['/EXIT ', ':q']) {
    await using s = await session();
    s.chat.type(command + ENTER);
    expect(await s.chat.exit).toBe(0);
  }
});

test('Tab completes a slash command', async () => {
  await using s = await session();
  expect(await s.says('/us\t')).toContain('This session: 0 prompt');
  await s.end();
});

test('/model and /system apply to all later questions', async () => {
  await using s = await session(['--system', 'be brief']);
  expect(await s.says('/model')).toContain('Questions go to qwen3-coder-plus.');
  const changed = await s.says('/model other');
  expect(changed).toContain('has no model list: not checked.');
  expect(changed.match(/Questions go to other\./g)).toHaveLength(1);
  expect(await s.says('/model other')).toContain('Questions go to other.');
  expect(await s.says('/system')).toContain('System: be brief');
  await s.says('one');
  expect(s.requests.at(-1)).toMatchObject({
    model: 'other',
    messages: [{ content: 'be brief' }, {}],
  });
  await writeFile(join(s.home.path, 'system.txt'), 'be long\n');
  await s.says('/system @system.txt');
  await s.says('two');
  expect(s.sent()).toEqual(['be long', 'one', 're: one', 'two']);
  expect(await s.says('/system -')).toContain('There is no system text.');
  await s.says('three');
  expect(s.sent()?.[0]).toBe('one');
  await s.end();
});

test('/file and /image are sent with the next question only', async () => {
  await using s = await session();
  await writeFile(join(s.home.path, 'my notes.txt'), 'the notes');
  await writeFile(join(s.home.path, 'dot.png'), PNG);
  expect(await s.says('/file "my notes.txt"')).toContain('goes: my notes.txt');
  expect(await s.says('/image dot.png')).toContain('goes: my notes.txt, dot.png');
  expect(await s.says('/image my\\ notes.txt')).toContain('is not a picture');
  await mkdir(join(s.home.path, 'code'));
  await writeFile(join(s.home.path, 'code', 'a.js'), 'let a;');
  const listed = await s.says('/file code');
  expect(listed).toContain('From code (1 file, 1 KiB):');
  expect(listed).toContain('code (1 file)');
  expect(await s.says('/file /dev/stdin')).toContain('Standard input is the terminal');
  expect(await s.says('/file no.txt')).toContain('Cannot read no.txt');
  expect(await s.says('/file')).toContain('Which file?');
  await s.says('what?');
  expect(s.sent()?.[0]).toMatch(/^data:image\/png;base64,\|what\?\n\n[^]*the notes/);
  await s.says('and?');
  expect(s.sent()?.at(-1)).toBe('and?');
  await s.end();
});

test('/usage shows the tokens of the answers and the size of the conversation', async () => {
  await using s = await session(['--max-context', '1000']);
  await s.says('one');
  const usage = await s.says('/usage');
  expect(usage).toMatch(/Last answer: [^]* in\s+all/);
  expect(usage).toContain('10 prompt + 5 completion tokens = 15, requests: 1');
  expect(usage).toMatch(/Conversation: about 12 of 750 tokens, turns: 1/);
  await s.end();
});

test('/model takes a model of the list only, and /usage has the price that the list says', async () => {
  const pricing = { prompt: '0.00001', completion: '0.00002' };
  await using s = await session([], { models: [{ id: 'big', pricing }, { id: 'small:latest' }] });
  const refused = await s.says('/model bog');
  expect(refused).toMatch(/127\.0\.0\.1:\d+ has no model "bog"\. Did you mean \/model big\?/);
  expect(refused).toContain('still go to qwen3-coder-plus');
  // The program knows it, and this endpoint does not serve it.
  expect(await s.says('/model qwen3-coder-flash')).toContain('has no model "qwen3-coder-flash".');
  expect(await s.says('/model small')).toContain('Questions go to small.');
  expect(await s.says('/model big')).toContain('Questions go to big.');
  await s.says('one');
  expect(await s.says('/usage')).toMatch(/price:\s+about\s+\$0\.0002/);
  expect(s.requests.at(-1)?.model).toBe('big');
  await s.end();
});

test('/undo takes the last turn back, also in a saved conversation', async () => {
  await using s = await session(['--new', 'talk']);
  expect(await s.says('/undo')).toContain('no turn to take back');
  await s.says('one');
  await s.says('two');
  expect(await s.says('/undo')).toContain(
    'Took back the question "two" and its answer (turns: 1).',
  );
  await s.says('/retry');
  expect(s.sent()).toEqual(['one']);
  await s.end();
  const { stdout } = await s.home.run(['chat', '--show', 'talk', '--json']);
  expect(JSON.parse(stdout).turns).toMatchObject([{ messages: [{ content: 'one' }, {}] }]);
});

test('/copy sends the last answer to the clipboard of the terminal, if it has one', async () => {
  await using s = await session();
  expect(await s.says('/copy')).toContain('no answer to copy');
  await s.says('one');
  expect(await s.says('/copy')).toContain(
    `\u001B]52;c;${Buffer.from('re: one').toString('base64')}\u0007Sent the last answer`,
  );
  await s.end();
  await using vte = await session([], { env: { VTE_VERSION: '7600' } });
  await vte.says('one');
  expect(await vte.says('/copy')).toContain('takes no text for its clipboard');
  await vte.end();
});

test.each([40, 80, 0])(
  '/list, /load and /new change the conversation at %i columns, and only a change is said',
  async (columns) => {
    await using s = await session([], { columns, rows: columns && 24 });
    await s.home.run(['chat', '--new', 'talk', '-m', 'old', '-p', 'earlier']);
    expect(await s.says('/list')).toContain('talk');
    expect(await s.says('/load tlak')).toContain('Did you mean /load talk?');
    await s.says('one');
    const loaded = (await s.says('/load talk')).replaceAll(/\s+/g, ' ');
    expect(loaded).toContain('The conversation before was not saved (turns: 1).');
    expect(loaded).toContain('kept as "talk" (turns: 1). Questions go to old.');
    expect(await s.says('two')).toBe('re: two\r\n');
    expect(s.sent()).toEqual(['earlier', 're: earlier', 'two']);
    expect((await s.says('/new next')).replaceAll(/\s+/g, ' ')).toContain(
      'kept as "next" (turns: 0)',
    );
    await s.says('three');
    expect(s.sent()).toEqual(['three']);
    expect(await s.says('/new')).toContain('A new conversation, not saved');
    await s.says('four');
    expect(s.sent()).toEqual(['four']);
    expect(await s.end()).toBe(0);
    const { stdout } = await s.home.run(['chat', '--list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'next', turns: 1 },
      { name: 'talk', turns: 2, model: 'old' },
    ]);
  },
);

test('/save saves the conversation from its beginning, or writes it to a file', async () => {
  await using s = await session(['--system', 'be brief']);
  await s.says('one');
  expect(await s.says('/save')).toContain('/save NAME');
  expect(await s.says('/save talk')).toContain('kept as "talk"');
  expect(await s.says('/save talk')).toContain('kept already');
  await s.says('two');
  expect(await s.says('/save out.md')).toContain('Wrote the conversation to out.md');
  expect(await s.says('/save /no/such/folder.md')).toMatch(/Cannot write/);
  await s.end();
  const file = join(s.home.path, 'out.md');
  expect(await readFile(file, 'utf8')).toMatch(/^## System\n\nbe brief\n\n## You\n\none\n/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { stdout } = await s.home.run(['chat', '--show', 'talk']);
  expect(stdout).toBe(await readFile(file, 'utf8'));
});

test('/save refuses a name that is taken, and the REPL continues', async () => {
  await using s = await session();
  await s.home.run(['chat', '--new', 'talk', '-p', 'x']);
  await s.says('one');
  expect(await s.says('/save talk')).toContain('already a conversation named "talk"');
  expect(await s.end()).toBe(0);
});

test('/retry asks the last question again and replaces its turn, also in a saved conversation', async () => {
  await using s = await session(['--new', 'talk']);
  expect(await s.says('/retry')).toContain('no question to ask again');
  await s.says('one');
  await s.says('two');
  await s.says('/retry');
  expect(s.sent()).toEqual(['one', 're: one', 'two']);
  await s.says('three');
  expect(s.sent()).toEqual(['one', 're: one', 'two', 're: two', 'three']);
  await s.end();
  const { stdout } = await s.home.run(['chat', '--show', 'talk', '--json']);
  expect(JSON.parse(stdout).turns).toHaveLength(3);
});

test('/clear removes all turns, also from a saved conversation', async () => {
  await using s = await session(['--new', 'talk', '--system', 'be brief']);
  await s.says('one');
  await s.says('/clear');
  expect(await s.says('/retry')).toContain('no question to ask again');
  await s.says('two');
  expect(s.sent()).toEqual(['be brief', 'two']);
  await s.end();
  const { stdout } = await s.home.run(['chat', '--show', 'talk', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ system: 'be brief', turns: [{}] });
});
