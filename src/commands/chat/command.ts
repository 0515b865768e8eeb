import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type ConnectionOptions, connectionOptions } from '../options.ts';

export interface ChatFlags extends ConnectionOptions {
  prompt?: string;
  model?: string;
  system?: string;
  stream?: boolean;
  json?: boolean;
}

export function chatCommand(program: Command, context: Context): void {
  const command = program
    .command('chat')
    .description('Send a prompt to a model and print its answer.')
    .option('-p, --prompt <text>', 'the prompt; "-" or nothing reads standard input')
    .option('-m, --model <model>', 'model to ask (default: qwen3-coder-plus)')
    .option('-s, --stream', 'print the answer as it arrives')
    .option('--system <text>', 'system text')
    .option('--json', 'print one JSON document, or with -s one object a line')
    .action(async (flags: ChatFlags) => {
      const { runChat } = await import('./run.ts');
      await runChat(context, flags);
    });
  connectionOptions(command);
}
