import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { ConfigFlags } from './keys.ts';

/** Declares `config` and its subcommands. `config` alone is `config list`. */
export function declareConfig(config: Command, context: Context): void {
  const declare = (name: string, description: string, options = {}) =>
    config
      .command(name, options)
      .description(description)
      .option(
        '--profile <name>',
        'read or change this profile, and not the one that commands use; models only there',
      );
  const json = ['--json', 'print JSON'] as const;
  declare('list', 'Show what is set.', { isDefault: true })
    .option(...json)
    .action(async (flags: ConfigFlags) => (await load()).listKeys(context, flags));
  declare('get', 'Print the value of a key.')
    .argument('<key>', 'such as temperature, models.fast or headers.X-Title')
    .option(...json)
    .action(async (key: string, flags: ConfigFlags) => (await load()).getKey(context, key, flags));
  declare('set', 'Set a key to a value, which is checked like its flag.')
    .argument('<key>', 'such as temperature, models.fast or headers.X-Title')
    .argument('<value...>', 'several for a key that is a list, such as fallback_models')
    .action(async (key: string, values: string[], flags: ConfigFlags) =>
      (await load()).setKey(context, key, values, flags),
    );
  declare('unset', 'Remove a key.')
    .argument('<key>', 'such as temperature, models.fast or headers.X-Title')
    .action(async (key: string, flags: ConfigFlags) =>
      (await load()).unsetKey(context, key, flags),
    );
}

const load = () => import('./run.ts');
