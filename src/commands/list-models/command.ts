import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import type { ListModelsFlags } from './run.ts';

export function listModelsCommand(program: Command, context: Context): void {
  const command = program
    .command('list-models')
    .description('Show the models that are there.')
    .argument('[text...]', 'only those with all these words in name, kind or description')
    .option('--live', 'only what the endpoint lists')
    .addOption(
      new Option('--known', 'only what the program knows; nobody is asked').conflicts('live'),
    )
    .option(
      '--ability <list>',
      'only those that can do it: json, tools, vision, reasoning, or several',
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option('--details', 'with abilities, context, who says so, and the last verdict')
    .option('--json', 'print one JSON document');
  connectionOptions(command).action(async (words: string[], flags: ListModelsFlags) => {
    const { runListModels } = await import('./run.ts');
    await runListModels(context, words, flags);
  });
}
