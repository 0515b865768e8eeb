import type { Command } from 'commander';
import { createProgram } from '../../src/cli.ts';
import { declareAuth } from '../../src/commands/auth/command.ts';
import type { Context } from '../../src/commands/context.ts';

/** The program with every subcommand, also those that are declared only when they are named. */
export function wholeProgram(context: Partial<Context>): Command {
  const world = context as Context;
  const program = createProgram(world);
  const auth = program.commands.find((command) => command.name() === 'auth');
  if (auth) declareAuth(auth, world);
  return program;
}
