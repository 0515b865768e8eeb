import type { Command } from 'commander';
import { COMMANDS, createProgram } from '../../src/cli.ts';
import type { Context } from '../../src/commands/context.ts';

/** The program with all flags, also those that are declared only when their command is named. */
export async function wholeProgram(context: Partial<Context>): Promise<Command> {
  const world = context as Context;
  const program = createProgram(world);
  for (const { name, load } of COMMANDS) {
    const command = program.commands.find((one) => one.name() === name);
    if (command) (await load())(command, world);
  }
  return program;
}
