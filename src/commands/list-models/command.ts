import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import type { ListModelsFlags } from './run.ts';

export function listModelsCommand(program: Command, context: Context): void {
  const command = program
    .command('list-models')
    .description('show the models that are there')
    .option('--json', 'print one JSON document');
  connectionOptions(command).action(async (flags: ListModelsFlags) => {
    const { runListModels } = await import('./run.ts');
    await runListModels(context, flags);
  });
}
