import { fillWords, helpItems, helpWidth, PIPE_WIDTH } from '../../terminal/help-items.ts';
import { COMMANDS } from '../all.ts';
import type { Context } from '../context.ts';
import { TOPICS } from './topic-names.ts';

/** What the program is for. */
export const ABOUT =
  'Log in once, talk to Qwen models from the terminal, and prove in CI that the models you depend ' +
  'on still answer.';

/** The commands to start with. */
export const FIRST_COMMANDS: readonly Item[] = [
  ['qwen-demo sandbox -- chat hello', 'Try it, without an account and a network.'],
  ['qwen-demo auth', 'Sign in, once for all later commands.'],
  ['qwen-demo chat "what is a monad"', 'Ask a model; "chat" alone starts a conversation.'],
];

const OPTIONS: readonly Item[] = [
  ['-V, --version', 'output the version number'],
  ['-h, --help', 'display help for command'],
];

/** A word or a command, and what it does. */
type Item = readonly [term: string, about: string];

/**
 * The help of `qwen-demo` alone, made without commander, whose import takes 12 ms.
 * @param width in columns
 */
export function overview(width: number): string {
  const commands = COMMANDS.map(({ name, description }): Item => [name, description]);
  const help: Item = ['help [command]', 'Explain a command, with examples, or a topic.'];
  const section = (title: string, items: readonly Item[]) =>
    `${title}\n${helpItems(items, width).join('\n')}\n`;
  return [
    'Usage: qwen-demo [command] [options]\n       qwen-demo "what is a monad"\n',
    `${fillWords(ABOUT, width)}\n`,
    section('Start with:', FIRST_COMMANDS),
    section('Commands:', [...commands, help]),
    section(
      'Topics:',
      TOPICS.map(([name, about]): Item => [`help ${name}`, about]),
    ),
    section('Options:', OPTIONS),
  ].join('\n');
}

/** `qwen-demo`, `qwen-demo --help` and `qwen-demo help`. */
export function showOverview({ terminal: { stdout } }: Pick<Context, 'terminal'>): void {
  stdout.write(overview(helpWidth(stdout) || PIPE_WIDTH));
}
