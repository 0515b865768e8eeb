import { given } from '../../core/given.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.ts';
import type { Context } from '../context.ts';
import { aborted, explainPort } from '../listening.ts';
import { notice } from '../notice.ts';
import { listFaults } from './list-faults.ts';
import { exportLines } from '../shell.ts';
import { runPrivately } from './private.ts';

/** What commander makes of the command line of `sandbox`. */
export interface SandboxFlags {
  port: number;
  autoApprove?: boolean;
  /** In seconds. */
  tokenTtl?: number;
  fault?: readonly string[];
  listFaults?: boolean;
  json?: boolean;
}

/** Milliseconds between two tokens, so that a person sees a stream arrive. */
const TOKEN_DELAY = 10;

/**
 * Serves until a signal ends the program, or until the command has ended.
 * @throws UsageError `port_unavailable`, or for a fault that does not exist; the errors of {@link runPrivately}
 */
export async function runSandbox(
  context: Context,
  command: readonly string[],
  flags: SandboxFlags,
): Promise<void> {
  if (flags.listFaults) return listFaults(context, flags);
  const { clock, random, signal } = context;
  const sandbox = await start({
    port: flags.port,
    auto_approve: flags.autoApprove === true || command.length > 0,
    ...given({ token_ttl: flags.tokenTtl }),
    faults: flags.fault ?? [],
    token_delay: TOKEN_DELAY,
    clock,
    random,
  });
  try {
    if (command.length > 0) {
      context.exitWith(await runPrivately(context, sandbox, command));
    } else {
      await announce(context, sandbox, flags);
      await aborted(signal);
    }
  } finally {
    await sandbox.close();
  }
}

async function start(options: SandboxOptions): Promise<Sandbox> {
  try {
    return await startSandbox(options);
  } catch (error) {
    throw explainPort(error, options.port ?? 0);
  }
}

/** Writes the variables to stdout, for a shell or a program, and notices to stderr. */
async function announce(context: Context, sandbox: Sandbox, flags: SandboxFlags): Promise<void> {
  const { url, api_key } = sandbox;
  const environment = sandbox.environment();
  const text = flags.json
    ? JSON.stringify({ url, api_key, environment })
    : [
        ...exportLines(environment),
        '# With an API key instead of a login:',
        ...exportLines(sandbox.environment('key')).map((line) => `# ${line}`),
      ].join('\n');
  await new Promise<void>((resolve) => {
    context.terminal.stdout.write(`${text}\n`, () => resolve());
  });
  if (flags.json) return;
  notice(
    context,
    flags.autoApprove
      ? 'Every login is approved at once.'
      : `Approve logins at ${url}/authorize, or start the sandbox with --auto-approve.`,
  );
  notice(context, `The sandbox listens on ${url} until you press Ctrl-C.`);
}
