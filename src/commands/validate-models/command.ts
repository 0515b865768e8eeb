import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import { limitOptions, modelOptions, reportOptions, type ValidateModelsFlags } from './flags.ts';

/** Declares the flags of `validate-models`. */
export function declareValidateModels(command: Command, context: Context): void {
  const path = pathParser(context);
  modelOptions(command, path);
  limitOptions(command);
  reportOptions(command, path);
  connectionOptions(command, { timeout: false }).action(async (flags: ValidateModelsFlags) => {
    const { runValidateModels } = await import('./run.ts');
    await runValidateModels(context, flags);
  });
}
