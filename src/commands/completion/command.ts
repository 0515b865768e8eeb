import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { oneOf } from '../../core/settings/definitions.ts';
import { SHELLS, type Shell } from './scripts.ts';

/**
 * Declares `completion`.
 * @param whole creates the program with all commands and flags
 */
export function declareCompletion(command: Command, context: Context, whole: Whole): void {
  command
    .addArgument(
      new Argument('<shell>', 'the shell')
        .choices(SHELLS)
        .argParser((text: string) => oneOf(SHELLS, 'unknown_shell')(text, 'The shell')),
    )
    .argument('[words...]', 'after --: the words to complete, as the script gives them')
    .action(async (shell: Shell, words: string[]) => {
      const { stdout } = context.terminal;
      if (words.length === 0) {
        const { scriptOf } = await import('./scripts.ts');
        stdout.write(scriptOf(shell));
        return;
      }
      const { complete } = await import('./complete.ts');
      stdout.write(await complete(words, await whole(), context));
    });
}

/** Creates the program with all commands and flags. */
export type Whole = () => Promise<Command>;
