import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { wholeProgram } from '../../src/command-line.ts';
import type { Context } from '../../src/commands/context.ts';
import type { Terminal } from '../../src/terminal/terminal.ts';
import { textWidth } from '../../src/terminal/wrap.ts';
import { createInProcessHome } from '../helpers/in-process-home.ts';
import { createHome } from '../helpers/program.ts';

const commandsBelow = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(commandsBelow),
];
// Declaring commands needs no more of the world than the version.
const commands = commandsBelow(await wholeProgram({ version: '0' } as Context));

test.each(commands.map((command) => [command.name(), command] as const))(
  '%s is described by a sentence, its flags and arguments by less than one',
  (_, command) => {
    expect(command.description()).toMatch(/^[A-Z].*\.$/s);
    for (const { description } of [...command.options, ...command.registeredArguments]) {
      expect(description).toMatch(/[^.]$/);
    }
  },
);

test('qwen-demo without a command prints the help', async () => {
  await using home = await createHome();
  const run = await home.run([]);
  expect(run).toEqual({ ...(await home.run(['--help'])), code: 0 });
  expect(run).toEqual(await home.run(['help']));
  expect(run.stdout).toMatch(/^Usage: qwen-demo /);
  for (const first of ['qwen-demo sandbox -- chat hello ', 'qwen-demo auth ', 'qwen-demo chat "']) {
    expect(run.stdout).toContain(`\n  ${first}`);
  }
});

test.each([
  [['--help', 'auth', 'login'], 'auth login '],
  [['-h', 'chat'], 'chat '],
  [['list-models', 'help'], 'list-models '],
  [['auth', '--help', 'status'], 'auth status '],
  [['help', 'help'], ''],
  [['-h', '--help'], ''],
])('%j shows the help of that command', async (args, command) => {
  await using home = await createInProcessHome();
  const { code, stdout } = await home.run(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: qwen-demo ${command}\\[`));
});

test('the subcommands of auth are declared when the command line names auth', async () => {
  await using home = await createHome();
  const family = await home.run(['auth', '--help']);
  expect(family).toMatchObject({ code: 0, stderr: '' });
  for (const name of ['login', 'status', 'token', 'refresh', 'logout', 'import', 'list']) {
    expect(family.stdout).toContain(`\n  ${name} [options]`);
  }
  const { stdout } = await home.run(['auth', 'logout', '--help']);
  expect(stdout).toMatch(/^Usage: qwen-demo auth logout \[options\]\n/);
});

/** The help of every command, on a stream of its own. */
async function helpOn(stdout: object): Promise<string[]> {
  const terminal = { stdout, stderr: stdout } as Terminal;
  return commandsBelow(await wholeProgram({ version: '0', terminal } as Context)).map((command) =>
    command.helpInformation(),
  );
}

const terminal = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });
const words = (help: string) => help.split(/\s+/).filter((word) => word !== '');

test.each([36, 40, 60, 80, 160])(
  'in a terminal of %i columns help is wrapped at words',
  async (width) => {
    const asItIs = await helpOn(terminal(10_000));
    const wrapped = await helpOn(terminal(width));
    expect(wrapped.map(words)).toEqual(asItIs.map(words));
    for (const line of wrapped.join('\n').split('\n')) {
      expect(textWidth(line) <= width || words(line).length === 1, line).toBe(true);
    }
  },
);

test('help in 40 columns prints a description below its flag', async () => {
  const help = (await helpOn(terminal(40))).find((text) =>
    text.startsWith('Usage: qwen-demo validate'),
  );
  expect(help).toContain(`Usage: qwen-demo validate-models
  [options] [command]
`);
  expect(help).toContain(`  -j, --concurrency <n>
     test this many models at the same
     time (default: 4)
`);
});

test('help in a pipe does not depend on the size of a terminal', async () => {
  const pipe = await helpOn(new PassThrough());
  expect(pipe).toEqual(await helpOn(Object.assign(new PassThrough(), { columns: 40 })));
  expect(pipe.join('')).toMatch(/\n {2}-j, --concurrency <n> +test this many/);
});
