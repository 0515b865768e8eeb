import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import type { ListModelsFlags } from './run.ts';

/** Declares the flags of `list-models`. */
export function declareListModels(command: Command, context: Context): void {
  command
    .argument('[text...]', 'show only models with all these words in id, kind or description')
    .option('--live', 'show only models that the endpoint lists')
    .addOption(
      new Option('--known', 'show the models that the program knows, without a request').conflicts(
        'live',
      ),
    )
    .option(
      '--ability <list>',
      'show only models with these abilities: json, tools, vision, reasoning (a,b or repeatable)',
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '--details',
      'show at any width abilities, context, who says them, last verdict and description',
    )
    .option(
      '--fields <list>',
      'show only these columns: id, source, kind, abilities, window, from, verdict, price, about',
    )
    .option('--sort <field>', 'sort by id, kind or window; a terminal groups by kind without it')
    .option('--json', 'print one JSON document');
  connectionOptions(command).action(async (words: string[], flags: ListModelsFlags) => {
    const { runListModels } = await import('./run.ts');
    await runListModels(context, words, flags);
  });
}
