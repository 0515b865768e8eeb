import { parseDuration } from '../../core/duration.ts';
import { UsageError } from '../../core/errors.ts';
import { FAULTS, isFault, type Fault } from '../../sandbox/faults.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { runPrivately } from './private.ts';

/** The flags of `sandbox` as commander parses them. */
export interface SandboxFlags {
  port: string;
  autoApprove?: boolean;
  tokenTtl?: string;
  fault?: readonly string[];
  json?: boolean;
}

/** Milliseconds between two tokens: slow enough to see a stream flow. */
const TOKEN_DELAY = 10;

/**
 * Serves until the program is interrupted, or until the command has ended.
 * @throws UsageError for a flag that cannot be used and for a port that is taken
 */
export async function runSandbox(
  context: Context,
  command: readonly string[],
  flags: SandboxFlags,
): Promise<void> {
  const { clock, random, signal } = context;
  const sandbox = await start({
    port: parsePort(flags.port),
    auto_approve: flags.autoApprove === true || command.length > 0,
    ...(flags.tokenTtl !== undefined && { token_ttl: parseTtl(flags.tokenTtl) }),
    faults: (flags.fault ?? []).map(parseFault),
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
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EACCES' ? 'is not yours to use' : 'is in use';
    throw new UsageError(`Port ${options.port} on 127.0.0.1 ${why}`, {
      code: 'port_unavailable',
      hint: 'Choose another --port, or leave it out to take any free one.',
      cause: error,
    });
  }
}

/** stdout gets what a shell or a program can read, stderr what a person wants to know. */
async function announce(context: Context, sandbox: Sandbox, flags: SandboxFlags): Promise<void> {
  const { url, api_key } = sandbox;
  const environment = sandbox.environment();
  const text = flags.json
    ? JSON.stringify({ url, api_key, environment })
    : [
        ...exports(environment),
        '# With an API key instead of a login:',
        ...exports(sandbox.environment('key')).map((line) => `# ${line}`),
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

/** For a POSIX shell. */
function exports(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`"${text}" is not a port`, {
    code: 'invalid_port',
    hint: 'Write a number from 0 to 65535; 0 takes any free port.',
  });
}

/** Whole seconds, as `expires_in` has them. */
function parseTtl(text: string): number {
  const seconds = parseDuration(text) / 1000;
  if (Number.isInteger(seconds)) return seconds;
  throw new UsageError(`--token-ttl must be whole seconds, not "${text}"`, {
    code: 'invalid_duration',
  });
}

function parseFault(name: string): Fault {
  if (isFault(name)) return name;
  const known = Object.entries(FAULTS).map(([fault, what]) => `${fault.padEnd(16)} ${what}`);
  throw new UsageError(`There is no fault "${name}"`, {
    code: 'unknown_fault',
    hint: `The faults are:\n${known.join('\n')}`,
  });
}
