import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import { type ChatFlags, conversationFlags, inputFlags, modelFlags, outputFlags } from './flags.ts';

/** Declares the flags of `chat`. */
export function declareChat(command: Command, context: Context): void {
  command
    .argument('[prompt...]', 'send this prompt, after -- also one that begins with a dash')
    .action(async (words: string[], flags: ChatFlags) => {
      const { runChat } = await import('./run.ts');
      await runChat(context, words, flags);
    });
  const path = pathParser(context);
  inputFlags(command, path);
  modelFlags(command, path);
  outputFlags(command, path);
  conversationFlags(command);
  connectionOptions(command);
}
