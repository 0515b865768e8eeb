import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import { type ChatFlags, conversationFlags, inputFlags, modelFlags, outputFlags } from './flags.ts';

export function chatCommand(program: Command, context: Context): void {
  const command = program
    .command('chat')
    .description(
      'Send a prompt to a model and print its answer; on a terminal without a prompt, start an ' +
        'interactive chat.',
    )
    .action(async (flags: ChatFlags) => {
      const { runChat } = await import('./run.ts');
      await runChat(context, flags);
    });
  const path = pathParser(context);
  inputFlags(command, path);
  modelFlags(command, path);
  outputFlags(command, path);
  conversationFlags(command);
  connectionOptions(command);
}
