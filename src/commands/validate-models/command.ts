import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import type { ValidateModelsFlags } from './run.ts';

export function validateModelsCommand(program: Command, context: Context): void {
  const command = program
    .command('validate-models')
    .description('ask every model a real question; exit 9 when a required one fails')
    .option('-m, --model <model...>', 'ask this one and require it (default: every known model)')
    .option('-j, --concurrency <n>', 'models asked at the same time (default: 4)')
    .option('--timeout <duration>', 'longest wait for one model (default: 60s)')
    .option('--json', 'print one JSON document');
  connectionOptions(command, { timeout: false }).action(async (flags: ValidateModelsFlags) => {
    const { runValidateModels } = await import('./run.ts');
    await runValidateModels(context, flags);
  });
}
