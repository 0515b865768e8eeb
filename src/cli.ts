import { Command, CommanderError } from 'commander';
import { authCommand } from './commands/auth/command.ts';
import { chatCommand } from './commands/chat/command.ts';
import type { Context } from './commands/context.ts';
import { ignoredFolderNotice } from './commands/paths.ts';
import { listModelsCommand } from './commands/list-models/command.ts';
import { sandboxCommand } from './commands/sandbox/command.ts';
import { validateModelsCommand } from './commands/validate-models/command.ts';
import { helpLayout, helpWidth } from './terminal/help-layout.ts';
import { type ErrorKind, Interrupted, QwenDemoError, UsageError } from './core/errors.ts';

/** What a script may rely on. */
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

/** 128 and the number of the signal, as a shell reports it; SIGPIPE is a closed output. */
export const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 };

export function createProgram(context: Context): Command {
  const program = new Command('qwen-demo')
    .description(
      'Log in once, talk to Qwen models from the terminal, and prove in CI that the models you ' +
        'depend on still answer.',
    )
    .version(context.version)
    .helpCommand(false)
    .showSuggestionAfterError()
    // Set before any command is made, so that each inherits it.
    .exitOverride()
    .configureHelp(helpLayout)
    .configureOutput({
      getOutHelpWidth: () => helpWidth(context.terminal.stdout),
      getErrHelpWidth: () => helpWidth(context.terminal.stderr),
      writeOut: (text) => context.terminal.stdout.write(text),
      writeErr: (text) => context.terminal.stderr.write(text),
      // `run` reports every error, this kind too.
      outputError: () => {},
    });
  program.hook('preAction', async () => {
    if (!context.env.QWEN_DEMO_HOME) return;
    const text = ignoredFolderNotice(context.env);
    if (text !== undefined) (await import('./commands/notice.ts')).notice(context, text);
  });
  authCommand(program, context);
  chatCommand(program, context);
  listModelsCommand(program, context);
  validateModelsCommand(program, context);
  sandboxCommand(program, context);
  return program;
}

/**
 * Runs one command line (without node and script) and resolves to the exit code. The only place
 * that catches: every failure ends here, in one report and one code.
 */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  try {
    // No command at all is a question for help.
    const line = argv.length === 0 ? ['--help'] : [...argv];
    await createProgram(context).parseAsync(line, { from: 'user' });
    context.signal.throwIfAborted();
    return 0;
  } catch (error) {
    const failure: unknown = context.signal.aborted ? context.signal.reason : fromCommander(error);
    if (failure === undefined || failure instanceof Interrupted) return codeOf(failure);
    await report(failure, argv, context);
    return codeOf(failure);
  }
}

/** In the form the command line asks for, even where it could not be parsed. */
async function report(failure: unknown, argv: readonly string[], context: Context): Promise<void> {
  const [{ describeError, stackOf }, { redact }, { reportError }] = await Promise.all([
    import('./core/error-report.ts'),
    import('./core/http/redaction.ts'),
    import('./terminal/report-error.ts'),
  ]);
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const error = describeError(failure);
  await reportError({ ...error, message: redact(error.message) }, context.terminal, {
    json: own.includes('--json'),
    stack: own.includes('--debug') ? redact(stackOf(failure)) : '',
  });
}

function codeOf(failure: unknown): number {
  if (failure === undefined) return 0;
  if (failure instanceof Interrupted) return SIGNAL_CODES[failure.signal];
  return EXIT_CODES[failure instanceof QwenDemoError ? failure.kind : 'unexpected'];
}

/** Help and version end as errors too, with the code 0; the rest is wrong usage. */
function fromCommander(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return undefined;
  return new UsageError(error.message.replace(/^error: /, ''), {
    code: error.code.replace('commander.', '').replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    hint: 'See `qwen-demo --help`, or --help after the command.',
  });
}
