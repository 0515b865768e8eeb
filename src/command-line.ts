/** The command line: what commander is told, and what it is asked. */
import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands/all.ts';
import type { Context } from './commands/context.ts';
import { ABOUT, overview } from './commands/help/overview.ts';
import { UsageError } from './core/errors.ts';
import { helpWidth, PIPE_WIDTH } from './terminal/help-items.ts';
import { helpLayout } from './terminal/help-layout.ts';

/** Declares the commands; their flags are declared when one is run. */
export function createProgram(context: Context, words: readonly string[] = []): Command {
  const program = new Command('qwen-demo')
    .description(ABOUT)
    .version(context.version)
    .helpCommand(false)
    .showSuggestionAfterError(false)
    // Commands inherit these settings when they are created.
    .exitOverride()
    .configureHelp(helpLayout)
    .configureOutput({
      getOutHelpWidth: () => helpWidth(context.terminal.stdout),
      getErrHelpWidth: () => helpWidth(context.terminal.stderr),
      writeOut: (text) => context.terminal.stdout.write(text),
      writeErr: (text) => context.terminal.stderr.write(text),
      // `run` reports all errors.
      outputError: () => {},
    });
  program.hook('preAction', async () => {
    if (!context.env.QWEN_DEMO_HOME) return;
    const { ignoredFolderNotice } = await import('./commands/paths.ts');
    const text = ignoredFolderNotice(context.env);
    if (text !== undefined) (await import('./commands/notice.ts')).notice(context, text);
  });
  program.helpInformation = () => overview(helpWidth(context.terminal.stdout) || PIPE_WIDTH);
  for (const { name, description } of COMMANDS) program.command(name).description(description);
  program.hook('preSubcommand', async (_, command) => {
    const named = COMMANDS.find(({ name }) => name === command.name());
    (await named?.load())?.(command, context, () => wholeProgram(context));
    if (words.includes('--help') || words.includes('-h')) {
      const { explain } = await import('./commands/help/guide-text.ts');
      await explain(command, context);
    }
    // The default subcommand would take a misspelt one for an argument of its own.
    // A command with flags of its own has no default subcommand.
    const [, word] = program.args;
    const hasDefault = command.commands.length > 0 && command.options.length === 0;
    if (hasDefault && word !== undefined) requireCommand(word, command.commands);
  });
  return program;
}

/** The program with the flags of all commands. */
export async function wholeProgram(context: Context): Promise<Command> {
  const program = createProgram(context);
  for (const { name, load } of COMMANDS) {
    const command = program.commands.find((one) => one.name() === name);
    if (command) (await load())(command, context, () => wholeProgram(context));
  }
  return program;
}

/**
 * Runs the command that the words name.
 * @throws UsageError for a wrong command line; the errors of the command
 */
export async function runCommandLine(words: readonly string[], context: Context): Promise<void> {
  const program = createProgram(context, words);
  requireCommand(words[0] ?? '', program.commands);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    // Commander also throws for help and version, with exit code 0.
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw wrongUsage(error);
  }
}

/** Refuses a word that is no command, also before `--help`. @throws UsageError `unknown_command` */
function requireCommand(word: string, commands: readonly Command[]): void {
  if (word.startsWith('-') || commands.some((command) => command.name() === word)) return;
  throw new UsageError(`unknown command '${word}'`, { code: 'unknown_command' });
}

function wrongUsage(error: CommanderError): UsageError {
  // The value of an unknown flag may be a secret.
  const message = error.message
    .replace(/^error: /, '')
    .replace(/^(unknown option '[^'=]*)=.*'$/s, "$1'");
  return new UsageError(message, {
    code: error.code.replace('commander.', '').replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    cause: error,
  });
}
