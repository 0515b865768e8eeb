import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { exitCodeOf } from '../child.ts';
import { openAccess, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';

interface ExecFlags extends ConnectionOptions {
  serve?: boolean;
}

/** What a shell exits with when it cannot start a command (POSIX, Shell Command Language §2.8.2). */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** For an API without a key: SDKs refuse to start without one. */
const NO_KEY = 'no-key-needed';

/** Declares `qwen-demo auth exec`. */
export function execCommand(auth: Command, context: Context): void {
  const command = auth
    .command('exec')
    .description('Run another program with your login in its environment.')
    .argument('<command...>', 'after --: the program and its arguments')
    .option('--serve', 'keep the login fresh for it, by an endpoint on this machine')
    .action((words: [string, ...string[]], flags: ExecFlags) => exec(context, words, flags));
  connectionOptions(command);
}

/** @throws UsageError, AuthError, StorageError of the access */
async function exec(
  context: Context,
  words: readonly [string, ...string[]],
  flags: ExecFlags,
): Promise<void> {
  if (flags.serve !== true) {
    const settings = await settingsOf(context, flags);
    const access = await openAccess(context, settings, transportOf(context, settings));
    const { endpoint, bearer } = await access.get(context.signal);
    const { sayTerms } = await import('../serve/terms.ts');
    sayTerms(context, endpoint);
    await run(context, words, environmentFor(endpoint, bearer ?? NO_KEY));
    return;
  }
  const { openEndpoint } = await import('../serve/open.ts');
  const quiet = {
    served: () => {},
    failed: (message: string, hint?: string) =>
      notice(context, [message, hint].filter(Boolean).join('\n  ')),
  };
  const { endpoint, key } = await openEndpoint(context, { ...flags, port: 0 }, quiet, false);
  try {
    await run(context, words, environmentFor(endpoint.url, key.key));
  } finally {
    await endpoint.drain(0);
  }
}

/** The names that SDKs and tools for OpenAI, DashScope and Qwen read. */
export function environmentFor(endpoint: string, key: string): Record<string, string> {
  return {
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: endpoint,
    OPENAI_API_BASE: endpoint,
    DASHSCOPE_API_KEY: key,
    DASHSCOPE_BASE_URL: endpoint,
    QWEN_API_KEY: key,
    QWEN_BASE_URL: endpoint,
  };
}

/** Runs the command with the streams of this program. Its exit code becomes that of this program. */
async function run(
  context: Context,
  [executable, ...args]: readonly [string, ...string[]],
  added: Record<string, string>,
): Promise<void> {
  const { env, terminal, passSignals, exitWith } = context;
  const child = spawn(executable, args, { env: { ...env, ...added }, stdio: 'inherit' });
  // Ctrl-C at a terminal reaches the whole group of processes, the child among them.
  const shared = [terminal.stdin, terminal.stdout, terminal.stderr].some(({ isTTY }) => isTTY);
  const release = passSignals((signal) => {
    if (signal !== 'SIGINT' || !shared) child.kill(signal);
  });
  try {
    exitWith(await exitCodeOf(child));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'was not found' : 'cannot be started';
    notice(context, `${executable} ${why}. Write the program after --: auth exec -- COMMAND`);
    exitWith(missing ? NOT_FOUND : NOT_EXECUTABLE);
  } finally {
    release();
  }
}
