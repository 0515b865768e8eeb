import { Command, CommanderError } from 'commander';
import type { Context } from './commands/context.ts';
import { helpLayout, helpWidth } from './terminal/help-layout.ts';
import { type ErrorKind, Interrupted, QwenDemoError, UsageError } from './core/errors.ts';

/** The exit code of each class of errors. Scripts rely on them. */
export const EXIT_CODES: Record<ErrorKind, number> = {
  unexpected: 1,
  usage: 2,
  auth: 3,
  network: 4,
  api: 5,
  quota: 6,
  protocol: 7,
  storage: 8,
  validation: 9,
};

/** 128 plus the number of the signal, as in a shell. SIGPIPE stands for a closed output. */
export const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 };

/**
 * The commands. Only the flags of the one that the command line names are loaded: all of them are 10
 * files.
 */
export const COMMANDS = [
  {
    name: 'auth',
    description: 'Sign in, once for all later commands.',
    load: async () => (await import('./commands/auth/command.ts')).declareAuth,
  },
  {
    name: 'chat',
    description:
      'Send a prompt to a model and print its answer; on a terminal without a prompt, start an ' +
      'interactive chat.',
    load: async () => (await import('./commands/chat/command.ts')).declareChat,
  },
  {
    name: 'list-models',
    description: 'List the models of the endpoint and the models that the program knows.',
    load: async () => (await import('./commands/list-models/command.ts')).declareListModels,
  },
  {
    name: 'validate-models',
    description: 'Test models with real requests; exit 9 when a required one does not pass.',
    load: async () => (await import('./commands/validate-models/command.ts')).declareValidateModels,
  },
  {
    name: 'sandbox',
    description: 'Run an authorization server and a model API on this machine, for experiments.',
    load: async () => (await import('./commands/sandbox/command.ts')).declareSandbox,
  },
];

/** Declares the commands; their flags are declared when one is run. */
export function createProgram(context: Context): Command {
  const program = new Command('qwen-demo')
    .description(
      'Log in once, talk to Qwen models from the terminal, and prove in CI that the models you ' +
        'depend on still answer.',
    )
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
  for (const { name, description } of COMMANDS) program.command(name).description(description);
  program.hook('preSubcommand', async (_, command) => {
    const named = COMMANDS.find(({ name }) => name === command.name());
    (await named?.load())?.(command, context);
    // The default subcommand would take a misspelt one for an argument of its own.
    const [, word] = program.args;
    if (command.commands.length > 0 && word !== undefined) requireCommand(word, command.commands);
  });
  return program;
}

/** The program with the flags of all commands. */
export async function wholeProgram(context: Context): Promise<Command> {
  const program = createProgram(context);
  for (const { name, load } of COMMANDS) {
    const command = program.commands.find((one) => one.name() === name);
    if (command) (await load())(command, context);
  }
  return program;
}

/**
 * Runs one command line and resolves to the exit code. All errors are caught and reported here.
 * @param argv without node and script
 */
export async function run(argv: readonly string[], world: Omit<Context, 'argv'>): Promise<number> {
  const context = { ...world, argv };
  try {
    const program = createProgram(context);
    const words = wordsOf(argv);
    requireCommand(words[0] ?? '', program.commands);
    await program.parseAsync(words, { from: 'user' });
    await outputErrors();
    context.signal.throwIfAborted();
    return 0;
  } catch (error) {
    await outputErrors();
    const failure: unknown = context.signal.aborted ? context.signal.reason : fromCommander(error);
    if (failure === undefined || failure instanceof Interrupted) return codeOf(failure);
    await report(failure, context);
    return codeOf(failure);
  }
}

/** Without a command the program shows its help; a first word with a blank in it is a prompt. */
function wordsOf(argv: readonly string[]): string[] {
  const [first = '--help'] = argv;
  if (/^[^-].*\s/s.test(first.trim())) return ['chat', ...argv];
  return [first, ...argv.slice(1)];
}

/** Refuses a word that is no command, also before `--help`. @throws UsageError `unknown_command` */
function requireCommand(word: string, commands: readonly Command[]): void {
  if (word.startsWith('-') || commands.some((command) => command.name() === word)) return;
  throw new UsageError(`unknown command '${word}'`, { code: 'unknown_command' });
}

/** A write to a file that fails is reported in the next tick, when a short command has ended. */
function outputErrors(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Reports an error as `--json` and `--debug` ask, even when the command line is wrong. */
async function report(failure: unknown, context: Context): Promise<void> {
  const { argv } = context;
  const [{ reportOf }, { stackOf }, { reportError }] = await Promise.all([
    import('./commands/hint-commands.ts'),
    import('./core/error-report.ts'),
    import('./terminal/report-error.ts'),
  ]);
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const error = reportOf(context, failure);
  const hint = [error.hint, ...(await guessLines(failure, argv, context))]
    .filter((line) => line !== undefined)
    .join('\n');
  await reportError({ ...error, ...(hint && { hint }) }, context.terminal, {
    json: own.includes('--json'),
    stack: own.includes('--debug') ? stackOf(failure) : '',
  });
}

/** What a wrong command line means, and where it is explained. */
async function guessLines(
  failure: unknown,
  argv: readonly string[],
  context: Context,
): Promise<string[]> {
  if (!(failure instanceof QwenDemoError)) return [];
  const { cause, code, choice, hint, message } = failure;
  const of_line = cause instanceof CommanderError || code === 'unknown_command';
  if (!of_line && choice === undefined && (hint !== undefined || !message.startsWith('-')))
    return [];
  const { didYouMean, helpCommand } = await import('./commands/guess.ts');
  const program = await wholeProgram(context);
  const among = choice?.among === 'models' ? await knownModels(context) : (choice?.among ?? []);
  const word = of_line ? /'(.*)'/s.exec(message)?.[1] : undefined;
  const guess = didYouMean({ code, word, choice: choice && { ...choice, among }, argv, program });
  const help = failure.kind === 'usage' ? [`See \`${helpCommand(program, argv)}\``] : [];
  return [...(guess === undefined ? [] : [guess]), ...help];
}

async function knownModels(context: Context): Promise<string[]> {
  const { knownModelIds } = await import('./commands/known-models.ts');
  return knownModelIds(context);
}

function codeOf(failure: unknown): number {
  if (failure === undefined) return 0;
  if (failure instanceof Interrupted) return SIGNAL_CODES[failure.signal];
  return EXIT_CODES[failure instanceof QwenDemoError ? failure.kind : 'unexpected'];
}

/** commander also throws for help and version, with exit code 0. Its other errors are wrong usage. */
function fromCommander(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  // The value of an unknown flag may be a secret.
  const message = error.message
    .replace(/^error: /, '')
    .replace(/^(unknown option '[^'=]*)=.*'$/s, "$1'");
  return new UsageError(message, {
    code: error.code.replace('commander.', '').replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    cause: error,
  });
}
