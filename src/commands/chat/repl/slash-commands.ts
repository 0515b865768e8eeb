import { ownValue } from '../../../core/json.ts';
import { closest } from '../../../core/nearest.ts';
import { helpItems } from '../../../terminal/help-items.ts';
import { columnsOf } from '../../../terminal/terminal.ts';
import { wrapFor } from '../../../terminal/wrap.ts';
import { safeFor } from '../../../terminal/writer.ts';
import type { Context } from '../../context.ts';
import { readSystem } from '../system.ts';
import { begin, clear, copyAnswer, list, load, save, undo } from './conversation-commands.ts';
import { model } from './model-command.ts';
import { pathArgument } from './path-argument.ts';
import type { Repl } from './repl.ts';
import { usage } from './usage-command.ts';

interface SlashCommand {
  argument: string;
  about: string;
  /** Resolves to the text to show. @throws QwenDemoError, which does not end the REPL */
  run(context: Context, repl: Repl, argument: string): Promise<string>;
}

/** A line that is a slash command. */
export interface SlashCommandLine {
  /** In lower case; `exit` for `/quit` too. */
  name: string;
  /** '' for none. */
  argument: string;
}

const commands: Readonly<Record<string, SlashCommand>> = {
  help: { argument: '', about: 'show this help', run: async (context) => help(context) },
  model: {
    argument: '[MODEL]',
    about: 'ask another model, or show the current one',
    run: model,
  },
  system: {
    argument: '[TEXT|@FILE|-]',
    about: 'set the system text, or show it; "-" removes it',
    run: system,
  },
  file: {
    argument: 'PATH|-',
    about: 'send a file, folder or glob with the next question; "-" sends none',
    run: file,
  },
  image: { argument: 'PATH|URL', about: 'send a picture with the next question', run: image },
  edit: {
    argument: '[TEXT]',
    about: 'write a message in $VISUAL or $EDITOR',
    run: async () => '',
  },
  retry: { argument: '', about: 'ask the last question again', run: retry },
  undo: { argument: '', about: 'take the last question and its answer back', run: undo },
  copy: { argument: '', about: 'copy the last answer to the clipboard', run: copyAnswer },
  usage: { argument: '', about: 'show tokens, requests and price of this session', run: usage },
  list: { argument: '', about: 'list the saved conversations', run: list },
  load: { argument: 'NAME', about: 'continue a saved conversation', run: load },
  new: { argument: '[NAME]', about: 'begin a conversation, saved if it has a name', run: begin },
  save: {
    argument: 'NAME|FILE',
    about: 'save the conversation under a name, or write it to a file',
    run: save,
  },
  clear: { argument: '', about: 'remove all turns, not the system text', run: clear },
  exit: { argument: '', about: 'end the session; so do exit, quit and :q', run: async () => '' },
};

/** Words of other programs, and the commands that they mean here. */
const WORDS: Readonly<Record<string, string>> = {
  quit: 'exit',
  q: 'exit',
  bye: 'exit',
  '?': 'help',
};

/** Words that other programs use for similar commands: a guess names ours. */
const SIMILAR: Readonly<Record<string, string>> = {
  history: 'list',
  sessions: 'list',
  reset: 'clear',
  regenerate: 'retry',
  regen: 'retry',
  tokens: 'usage',
  cost: 'usage',
  stats: 'usage',
  attach: 'file',
  resume: 'load',
};

/** Lines that end the session, as in other programs of its kind. */
const ENDINGS = /^(?:exit|quit|:q!?|:wq)$/i;

/** A word after a slash. A path such as /tmp/x does not match. */
const COMMAND = /^\/([a-z]+|\?)(?:\s+([^]*))?$/i;

/** The slash command of a line, undefined for a question. */
export function parseCommand(text: string): SlashCommandLine | undefined {
  if (ENDINGS.test(text.trim())) return { name: 'exit', argument: '' };
  const [, word, argument = ''] = COMMAND.exec(text.trimEnd()) ?? [];
  if (word === undefined) return undefined;
  const name = word.toLowerCase();
  const known = ownValue(WORDS, name);
  return { name: known ?? name, argument: argument.trim() };
}

/** The commands that begin with this text, those that need an argument with a space. */
export function completeCommand(line: string): string[] {
  return Object.entries(commands)
    .map(([name, { argument }]) => `/${name}${/^[A-Z]/.test(argument) ? ' ' : ''}`)
    .filter((command) => line.startsWith('/') && command.startsWith(line));
}

/** Runs a command and shows its text. @throws QwenDemoError */
export async function runCommand(
  context: Context,
  repl: Repl,
  { name, argument }: SlashCommandLine,
): Promise<void> {
  const command = ownValue(commands, name);
  const text = command
    ? await command.run(context, repl, argument)
    : `There is no /${name}. ${guess(name, argument)}`;
  const { stdout } = context.terminal;
  if (text !== '') stdout.write(`${wrapFor(stdout, safeFor(stdout, text))}\n`);
}

function guess(name: string, argument: string): string {
  const near = ownValue(SIMILAR, name) ?? closest(name, Object.keys(commands));
  if (near !== undefined) return `Did you mean ${`/${near} ${argument}`.trimEnd()}?`;
  return '/help lists the commands; a question may begin with a blank.';
}

function help({ terminal }: Context): string {
  const items = Object.entries(commands).map(
    ([name, { argument, about }]) => [`/${name} ${argument}`.trimEnd(), about] as const,
  );
  return [...helpItems(items, columnsOf(terminal.stdout)), '', ...KEYS].join('\n');
}

const KEYS = [
  'To write several lines, press Alt-Enter, end a line with \\, or put the text between two """.',
  'A word such as @notes.txt sends that file with the question, if it exists.',
  'Tab completes commands, models, names of conversations, and paths. Ctrl-R searches what was asked before.',
  'Ctrl-C stops an answer. Ctrl-D ends the session.',
];

async function system(context: Context, repl: Repl, argument: string): Promise<string> {
  const { conversation } = repl.opened;
  if (argument !== '') {
    conversation.setSystem(
      argument === '-'
        ? undefined
        : await readSystem(context, { system: argument, default_system: undefined }),
    );
    await conversation.save();
  }
  const text = conversation.system;
  return text === undefined ? 'There is no system text.' : `System: ${text}`;
}

async function image(context: Context, { attachments }: Repl, argument: string): Promise<string> {
  if (argument === '') return 'Which picture? /image PATH or /image https://…';
  await attachments.addImage(pathArgument(argument, context), context);
  return '';
}

async function file(context: Context, { attachments }: Repl, argument: string): Promise<string> {
  if (argument === '') return 'Which file? /file PATH';
  if (argument === '-') {
    attachments.attachTo('');
    return 'Nothing goes with the next question.';
  }
  await attachments.addFile(pathArgument(argument, context), context);
  return '';
}

async function retry(_: Context, repl: Repl): Promise<string> {
  return (await repl.retry()) ? '' : 'There is no question to ask again.';
}
