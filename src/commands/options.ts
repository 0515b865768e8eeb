import type { Command } from 'commander';
import type { ConnectionFlags } from '../core/settings/settings.ts';

/** What every command with a connection takes. */
export interface ConnectionOptions extends ConnectionFlags {
  debug?: boolean;
  sanitize?: boolean;
}

/** Declares the flags of `ConnectionOptions`. `--timeout` may be left to a command that has its own. */
export function connectionOptions(command: Command, { timeout = true } = {}): Command {
  command
    .optionsGroup('Connection:')
    .option('--profile <name>', 'settings and login of this name (default: default)')
    .option('--auth <method>', 'oauth or api-key (default: the key if one is set, else the login)')
    .option('--plan <name>', 'endpoint of a plan: standard, coding or token')
    .option('--region <name>', 'region of the plan: cn, intl, us or hk (default: cn)')
    .option('--base-url <url>', 'API base URL, such as http://127.0.0.1:11434/v1')
    .option('--credentials <file>', 'where the login is kept')
    .option('--issuer <url>', 'authorization server to discover (RFC 8414)')
    .option('--client-id <id>', 'client at the authorization server')
    .option('--scope <scopes>', 'scopes to ask for, separated by spaces')
    .option('--resource <uri>', 'API to ask a token for (RFC 8707), repeatable', collect)
    .option('--user-agent <text>', 'User-Agent header');
  if (timeout) command.option('--timeout <duration>', 'longest wait for the server (30s, 2m)');
  return command
    .option('--max-retries <n>', 'tries after a failure that may pass by itself (default: 2)')
    .option('--sanitize', 'make output safe for terminals, into a pipe too')
    .option('--debug', 'show requests and stack traces, without secrets, on stderr');
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
