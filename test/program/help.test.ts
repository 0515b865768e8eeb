import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli.ts';
import type { Context } from '../../src/commands/context.ts';
import { createHome } from '../helpers/program.ts';

const commandsBelow = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(commandsBelow),
];
// Declaring commands needs no more of the world than the version.
const commands = commandsBelow(createProgram({ version: '0' } as Context));

test.each(commands.map((command) => [command.name(), command] as const))(
  '%s is described by a sentence, its flags and arguments by less than one',
  (_, command) => {
    expect(command.description()).toMatch(/^[A-Z].*\.$/s);
    for (const { description } of [...command.options, ...command.registeredArguments]) {
      expect(description).toMatch(/[^.]$/);
    }
  },
);

test('no command at all prints the help', async () => {
  await using home = await createHome();
  const run = await home.run([]);
  expect(run).toEqual({ ...(await home.run(['--help'])), code: 0 });
  expect(run.stdout).toMatch(/^Usage: qwen-demo /);
});

test.each([
  ['chta', "unknown command 'chta'\n(Did you mean chat?)"],
  ['nonsense', "unknown command 'nonsense'"],
  ['auth stauts', "unknown command 'stauts'"],
])('%s is no command, and a similar one is named', async (word, message) => {
  await using home = await createHome();
  expect(await home.run([...word.split(' '), '--json'])).toMatchObject({ code: 2, stdout: '' });
  const { stderr } = await home.run(word.split(' '));
  expect(stderr).toMatch(`error: ${message}\n  See \`qwen-demo --help\``);
});
