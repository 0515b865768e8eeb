import { describe, expect, test } from 'vitest';
import { onTerminal } from '../helpers/pty.ts';
import { CTRL_C, CTRL_D, ENTER, replWorld } from '../helpers/repl.ts';
import { MAIN } from '../helpers/program.ts';

/** Tells the number of the process, and at SIGUSR2 lets it crash as a bug would. */
const PRELOAD = `
  process.stdout.write('<pid ' + process.pid + '>');
  process.on('SIGUSR2', () => { throw new Error('a bug'); });`;

/** Runs the program between two looks at how the terminal is set. */
const SCRIPT = `
  trap '' HUP INT
  set -m
  echo "<before $(stty -g)>"
  NODE_OPTIONS="$3" "$1" "$2" chat
  echo "<code $?>"
  echo "<after $(stty -g)>"
  jobs %% 2> /dev/null && echo '<again>' && fg && echo '<left>'
  read -r last_words_were_seen`;

async function inShell() {
  const world = await replWorld();
  const preload = `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  const args = ['-c', SCRIPT, 'sh', process.execPath, MAIN, preload];
  const chat = onTerminal(args, { env: world.env, cwd: world.home.path, command: 'sh' });
  await chat.seen(/> \u001B\[3G$/);
  const told = (what: string) => new RegExp(`<${what} (\\S+)>`).exec(chat.raw())?.[1];
  return {
    chat,
    told,
    kill: (signal: string) => process.kill(Number(told('pid')), signal),
    [Symbol.asyncDispose]: world[Symbol.asyncDispose],
  };
}

/** What a shell finds afterwards: line editing, a cursor, the colours it had, unmarked pastes. */
async function expectGivenBack({ chat, told }: Awaited<ReturnType<typeof inShell>>, code: number) {
  await chat.seen(/<after \S+>/);
  chat.type(ENTER);
  await chat.exit;
  expect(told('code')).toBe(String(code));
  expect(told('after')).toBe(told('before'));
  // The emulator parses later than it is written to, and `modes` does not change afterwards.
  await chat.screen();
  const { modes, buffer } = chat.terminal;
  expect(modes.bracketedPasteMode).toBe(false);
  expect(buffer.active.type).toBe('normal');
  const raw = chat.raw();
  expect(raw.lastIndexOf('\u001B[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\u001B[?25l'));
}

describe('modes of the terminal', () => {
  test.each([
    ['Ctrl-D', 0, CTRL_D],
    ['/exit', 0, `/exit${ENTER}`],
    ['Ctrl-C twice', 130, CTRL_C + CTRL_C],
  ])('the REPL restores the terminal after %s and exits %i', async (_, code, keys) => {
    await using s = await inShell();
    s.chat.type(keys);
    await expectGivenBack(s, code);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    // A crash.
    ['SIGUSR2', 1],
  ])('the REPL restores the terminal after %s at the prompt and exits %i', async (signal, code) => {
    await using s = await inShell();
    s.chat.type('half a line');
    await s.chat.seen(/half a line/);
    s.kill(signal);
    await expectGivenBack(s, code);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGUSR2', 1],
  ])(
    'the REPL restores the terminal after %s during an answer and exits %i',
    async (signal, code) => {
      await using s = await inShell();
      s.chat.type(`endless${ENTER}`);
      await s.chat.seen(/and on/);
      s.kill(signal);
      await expectGivenBack(s, code);
    },
  );

  test('Ctrl-Z restores the terminal, and fg continues the REPL', async () => {
    await using s = await inShell();
    s.chat.type('half\u001A');
    await s.chat.seen(/<code 148>[^]*<after/);
    expect(s.told('after')).toBe(s.told('before'));
    expect(s.chat.raw()).toMatch(/half\u001B\[\?2004l[^]*<code/);
    await s.chat.seen(/<again>[^]*> half/);
    s.chat.type(` a line${ENTER}`);
    await s.chat.seen(/re: half a line/);
    s.chat.type(CTRL_D);
    await s.chat.seen(/<left>/);
    s.chat.type(ENTER);
    await s.chat.exit;
  });
});
