import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import { limitOptions, modelOptions, reportOptions, type ValidateModelsFlags } from './flags.ts';

export function validateModelsCommand(program: Command, context: Context): void {
  const command = program
    .command('validate-models')
    .description('Test models with real requests; exit 9 when a required one does not pass.');
  const path = pathParser(context);
  modelOptions(command, path);
  limitOptions(command);
  reportOptions(command, path);
  connectionOptions(command, { timeout: false }).action(async (flags: ValidateModelsFlags) => {
    const { runValidateModels } = await import('./run.ts');
    await runValidateModels(context, flags);
  });
}
