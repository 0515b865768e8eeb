import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import type { DoctorFlags } from './run.ts';

/** Declares `qwen-demo doctor`. */
export function declareDoctor(command: Command, context: Context): void {
  command
    .option('--json', 'print one JSON document')
    .action(async (flags: DoctorFlags) => (await import('./run.ts')).runDoctor(context, flags));
  connectionOptions(command);
}
