import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { parseSize } from '../../core/number.ts';
import type { Context } from '../context.ts';
import { connectionOptions, wholeNumber } from '../options.ts';
import { pathParser } from '../paths.ts';
import type { ServeFlags } from './open.ts';

const HIGHEST_PORT = 65_535;
/** Bytes. */
const LARGEST_BODY = 2 ** 30;

/** Declares the flags of `serve`. */
export function declareServe(command: Command, context: Context): void {
  const path = pathParser(context);
  command
    .option(
      '--port <n>',
      'listen on this port of 127.0.0.1; 0 takes any free port',
      wholeNumber('--port', 0, HIGHEST_PORT),
      0,
    )
    .option(
      '--client-key-file <file>',
      'take the key of the clients from this file (default: a new one for each run)',
      path,
    )
    .option(
      '--map <name=model>',
      'ask for this model when a client names that one, repeatable',
      collectNames,
    )
    .option('--max-body <size>', 'refuse a larger request (default: 32MiB)', (text: string) =>
      parseSize(text, '--max-body', LARGEST_BODY),
    )
    .option('--json', 'print one JSON object a line');
  connectionOptions(command).action(async (flags: ServeFlags) => {
    const { runServe } = await import('./run.ts');
    await runServe(context, flags);
  });
}

/** `gpt-4o=qwen3-coder-plus`. A name may hold an equals sign only behind the first one. */
export function collectNames(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, from = '', to = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (from.trim() === '' || to.trim() === '') {
    throw new UsageError(`--map ${text} is not two names`, {
      code: 'invalid_map',
      hint: 'Write the name that clients use, and the model: --map gpt-4o=qwen3-coder-plus',
    });
  }
  return new Map([...before, [from.trim(), to.trim()]]);
}
