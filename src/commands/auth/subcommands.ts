import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import type { ImportFlags } from './import.ts';
import type { LogoutFlags } from './logout.ts';
import type { RefreshFlags } from './refresh.ts';
import type { TokenFlags } from './token.ts';

/** `auth token`, `refresh`, `logout` and `import`: what can be done with a login once it is there. */
export function loginSubcommands(auth: Command, context: Context): void {
  tokenCommand(auth, context);
  refreshCommand(auth, context);
  logoutCommand(auth, context);
  importCommand(auth, context);
}

function tokenCommand(auth: Command, context: Context): void {
  const command = auth
    .command('token')
    .description('Print a valid access token, refreshed if need be, for scripts.')
    .option('--json', 'print it with its expiry and its endpoint')
    .action(async (flags: TokenFlags) => {
      const { runToken } = await import('./token.ts');
      await runToken(context, flags);
    });
  connectionOptions(command);
}

function refreshCommand(auth: Command, context: Context): void {
  const command = auth
    .command('refresh')
    .description('Refresh the login if it expires soon.')
    .option('--force', 'refresh it however long it would last')
    .option('--json', 'print one JSON document')
    .action(async (flags: RefreshFlags) => {
      const { runRefresh } = await import('./refresh.ts');
      await runRefresh(context, flags);
    });
  connectionOptions(command);
}

function logoutCommand(auth: Command, context: Context): void {
  const command = auth
    .command('logout')
    .description('Revoke the login where its issuer can, and delete it and the stored API key.')
    .option('--all', 'those of every profile')
    .action(async (flags: LogoutFlags) => {
      const { runLogout } = await import('./logout.ts');
      await runLogout(context, flags);
    });
  connectionOptions(command);
}

function importCommand(auth: Command, context: Context): void {
  const command = auth
    .command('import')
    .description('Copy the login of Qwen Code.')
    .argument(
      '[file]',
      'its file (default: oauth_creds.json in ~/.qwen, or in $QWEN_HOME)',
      pathParser(context),
    )
    .option('--force', 'replace a login that is there')
    .action(async (file: string | undefined, flags: ImportFlags) => {
      const { runImport } = await import('./import.ts');
      await runImport(context, file, flags);
    });
  connectionOptions(command);
}
