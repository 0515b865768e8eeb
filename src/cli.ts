import type { Context } from './commands/context.ts';
import { type ErrorKind, Interrupted, QwenDemoError } from './core/errors.ts';

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
 * Runs one command line and resolves to the exit code. All errors are caught and reported here.
 * @param argv without node and script
 */
export async function run(argv: readonly string[], world: Omit<Context, 'argv'>): Promise<number> {
  const words = wordsOf(argv);
  const context = { ...world, argv: words };
  try {
    await obey(words, context);
    await outputErrors();
    context.signal.throwIfAborted();
    return 0;
  } catch (error) {
    await outputErrors();
    const failure: unknown = context.signal.aborted ? context.signal.reason : error;
    if (failure instanceof Interrupted) return SIGNAL_CODES[failure.signal];
    return EXIT_CODES[await report(failure, context)];
  }
}

const ASKS_FOR_HELP = ['help', '--help', '-h'];

/**
 * The words that are parsed. Without any the program shows its help. A first word with a blank in it is a
 * prompt, after `--` also one that begins with a dash. Help is asked for before a command and after:
 * `--help auth login`, `auth help login` and `list-models help` are `help ...`.
 */
function wordsOf(argv: readonly string[]): string[] {
  const [first = '--help', second = '', ...others] = argv;
  const text = first === '--' ? second.trim() : first.trim();
  if (/\s/.test(text) && (first === '--' || !text.startsWith('-'))) return ['chat', ...argv];
  const follows = second === 'help' || ASKS_FOR_HELP.includes(second);
  if (ASKS_FOR_HELP.includes(first)) {
    return follows || !second || second.startsWith('-') ? [first] : ['help', second, ...others];
  }
  const has_commands = ['auth', 'config'].includes(first);
  const asks = has_commands
    ? follows
    : second === 'help' && first !== 'chat' && others.length === 0;
  if (asks && !first.startsWith('-')) return ['help', first, ...others];
  return [first, ...argv.slice(1)];
}

async function obey(words: readonly string[], context: Context): Promise<void> {
  const [first = '', ...others] = words;
  if (others.length === 0 && ASKS_FOR_HELP.includes(first)) {
    const { showOverview } = await import('./commands/help/overview.ts');
    showOverview(context);
    return;
  }
  const { runCommandLine } = await import('./command-line.ts');
  if (['--version', '-V'].includes(first) && others.includes('--verbose')) {
    return runCommandLine(['version', ...others.filter((word) => word !== '--verbose')], context);
  }
  if (first !== 'help') return runCommandLine(words, context);
  const { showTopic } = await import('./commands/help/topic.ts');
  const named = others.filter((word) => !word.startsWith('-'));
  if (!showTopic(named[0] ?? '', context)) await runCommandLine([...named, '--help'], context);
}

/** A write to a file that fails is reported in the next tick, when a short command has ended. */
function outputErrors(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Reports an error as `--json` and `--debug` ask, even when the command line is wrong. */
async function report(failure: unknown, context: Context): Promise<ErrorKind> {
  const { argv } = context;
  const [{ reportOf }, { secretsOfRun }, { stackOf }, { reportError }] = await Promise.all([
    import('./commands/hint-commands.ts'),
    import('./commands/secrets.ts'),
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
    stack: own.includes('--debug') ? secretsOfRun(context).redact(stackOf(failure)) : '',
  });
  return error.kind;
}

/** What a wrong command line means, and where it is explained. */
async function guessLines(
  failure: unknown,
  argv: readonly string[],
  context: Context,
): Promise<string[]> {
  if (!(failure instanceof QwenDemoError)) return [];
  const { cause, code, choice, hint, message } = failure;
  const of_line = isFromCommander(cause) || code === 'unknown_command';
  if (!of_line && choice === undefined && (hint !== undefined || !message.startsWith('-')))
    return [];
  const [{ didYouMean, helpCommand }, { wholeProgram }] = await Promise.all([
    import('./commands/guess.ts'),
    import('./command-line.ts'),
  ]);
  const program = await wholeProgram(context);
  const among = choice?.among === 'models' ? await knownModels(context) : (choice?.among ?? []);
  const word = of_line ? /'(.*)'/s.exec(message)?.[1] : undefined;
  const guess = didYouMean({ code, word, choice: choice && { ...choice, among }, argv, program });
  const help = failure.kind === 'usage' ? [`See \`${helpCommand(program, argv)}\``] : [];
  return [...(guess === undefined ? [] : [guess]), ...help];
}

/** Without commander, which is loaded with the command line only. */
function isFromCommander(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('commander.');
}

async function knownModels(context: Context): Promise<string[]> {
  const { knownModelIds } = await import('./commands/known-models.ts');
  return knownModelIds(context);
}
