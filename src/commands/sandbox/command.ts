import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { SandboxFlags } from './run.ts';

export function sandboxCommand(program: Command, context: Context): void {
  program
    .command('sandbox')
    .description('Run an authorization server and a model API on this machine, to try things out.')
    .argument('[command...]', 'after --: run this command against a private sandbox, then end')
    .option('--port <n>', 'port on 127.0.0.1; 0 takes any free one', '0')
    .option('--auto-approve', 'approve every login without asking')
    .option('--token-ttl <duration>', 'how long an access token lives (30s, 2m; default: 1h)')
    .option('--fault <name>', 'misbehave in one way, repeatable; a wrong name lists them', collect)
    .option('--json', 'print one JSON line instead of shell lines')
    .action(async (command: string[], flags: SandboxFlags) => {
      const { runSandbox } = await import('./run.ts');
      await runSandbox(context, command, flags);
    });
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
