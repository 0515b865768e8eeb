import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { connectionOptions } from '../options.ts';
import { pathParser } from '../paths.ts';
import type { ChatFlags } from './flags.ts';

export function chatCommand(program: Command, context: Context): void {
  const command = program
    .command('chat')
    .description(
      'Send a prompt to a model and print its answer; at a terminal without a prompt, hold a talk.',
    )
    .action(async (flags: ChatFlags) => {
      const { runChat } = await import('./run.ts');
      await runChat(context, flags);
    });
  const path = pathParser(context);
  inputOptions(command, path);
  modelOptions(command, path);
  outputOptions(command, path);
  conversationOptions(command);
  connectionOptions(command);
}

/** Reads the path of a flag. */
type Path = (value: string) => string;

function inputOptions(command: Command, path: Path): void {
  const paths = (value: string, before?: string[]) => collect(path(value), before);
  command
    .optionsGroup('Input:')
    .option('-p, --prompt <text>', 'the prompt; "-" or nothing reads standard input')
    .option('-f, --file <path>', 'add a text file to the prompt (repeatable)', paths)
    .option('-i, --image <path|url>', 'add a picture for a vision model (repeatable)', paths)
    .option('--system <text|@file>', 'system text')
    .option(
      '--messages <file|->',
      'a whole OpenAI message array; a prompt is added at its end',
      path,
    );
}

function modelOptions(command: Command, path: Path): void {
  command
    .optionsGroup('Model:')
    .option('-m, --model <model>', 'model to ask (default: qwen3-coder-plus)')
    .option('--fallback-model <model>', 'asked where the one before cannot (repeatable)', collect)
    .option('--temperature <number>', 'from 0 to 2')
    .option('--top-p <number>', 'above 0, up to 1')
    .option('--max-tokens <n>', 'longest answer')
    .option('--seed <n>', 'for answers that can be repeated')
    .option('--stop <text>', 'end the answer before this text (repeatable)', collect)
    .option('--enable-thinking', 'let the model think first')
    .option('--no-thinking', 'keep it from thinking')
    .option('--thinking-budget <n>', 'most tokens to think with')
    .option('--json-schema <file|json>', 'have an answer in JSON, and check it: else exit 7', path)
    .option('--extra-body <json>', 'further fields of the request');
}

function outputOptions(command: Command, path: Path): void {
  command
    .optionsGroup('Output:')
    .option('-s, --stream', 'print the answer as it arrives (default on a terminal)')
    .option('--no-stream', 'print the answer when it is complete (default in a pipe)')
    .option('--hide-reasoning', 'do not show what the model thinks')
    .option('-u, --usage', 'show tokens and speed on stderr')
    .option('-o, --output <file>', 'write to a file, when the answer is complete', path)
    .addOption(
      new Option('-x, --extract', 'print code blocks only').conflicts(['json', 'jsonSchema']),
    )
    .option('--markdown', 'lay the answer out on a terminal')
    .option('--json', 'print one JSON document, or with -s one object a line');
}

function conversationOptions(command: Command): void {
  const alone = (flag: string, about: string, ...others: string[]) =>
    new Option(flag, about).conflicts([...others, 'prompt', 'continue', 'new']);
  command
    .optionsGroup('Conversation:')
    .addOption(
      new Option(
        '-c, --continue [name]',
        'go on with a conversation (default: the latest)',
      ).conflicts(['new', 'messages']),
    )
    .addOption(
      new Option('--new <name>', 'begin a conversation that is kept').conflicts('messages'),
    )
    .addOption(alone('--list', 'list the conversations', 'show', 'delete'))
    .addOption(alone('--show <name>', 'print a conversation', 'delete'))
    .addOption(alone('--delete <name>', 'delete a conversation'))
    .option('--max-context <n>', 'tokens that the model takes in (default: by model)');
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
