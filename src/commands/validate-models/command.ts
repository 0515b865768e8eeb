import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { type PathParser, pathParser } from '../paths.ts';
import {
  limitOptions,
  modelOptions,
  type ReportFlags,
  reportOptions,
  type ValidateModelsFlags,
} from './flags.ts';

/** Declares the flags of `validate-models`. */
export function declareValidateModels(command: Command, context: Context): void {
  const path = pathParser(context);
  declareMerge(command, context, path);
  modelOptions(command, path);
  limitOptions(command);
  reportOptions(command, path);
  connectionOptions(command, { timeout: false }).action(async (flags: ValidateModelsFlags) => {
    const { runValidateModels } = await import('./run.ts');
    await runValidateModels(context, flags);
  });
}

function declareMerge(command: Command, context: Context, path: PathParser): void {
  const merge = command
    .command('merge')
    .description('Make one report of several JSON reports, and exit like a run of all models.')
    .argument('<report...>', 'what --report json=FILE wrote, of shards or of other runs');
  reportOptions(merge, path).action(async (files: string[]) => {
    // Commander gives a flag that both commands have to the first of them, wherever it stands.
    const known = new Set(merge.options.map((option) => option.attributeName()));
    const foreign = command.options.find((option) => {
      const name = option.attributeName();
      return !known.has(name) && command.getOptionValueSource(name) === 'cli';
    });
    if (foreign)
      merge.error(`unknown option '${foreign.long}'`, { code: 'commander.unknownOption' });
    const { runMerge } = await import('./merge.ts');
    await runMerge(context, files.map(path), merge.optsWithGlobals<ReportFlags>());
  });
}
