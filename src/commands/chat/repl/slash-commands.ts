import { contextWindowOf, fitToWindow } from '../../../core/conversation/window.ts';
import { isConversationName } from '../../../core/conversation/store.ts';
import { transcript } from '../../../core/conversation/transcript.ts';
import { wrapFor } from '../../../terminal/wrap.ts';
import { writeUserFile } from '../../../core/files/user-output.ts';
import { safeFor } from '../../../terminal/writer.ts';
import type { Context } from '../../context.ts';
import { pathParser } from '../../paths.ts';
import type { Attachments } from '../attachments.ts';
import { claimName, conversationStore } from '../conversation.ts';
import { readSystem } from '../input.ts';
import { usageLine } from '../usage-line.ts';
import type { Repl } from './repl.ts';

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
  help: { argument: '', about: 'show this help', run: async () => help() },
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
  image: { argument: 'PATH|URL', about: 'send a picture with the next question', run: image },
  file: { argument: 'PATH', about: 'send a text file with the next question', run: file },
  usage: { argument: '', about: 'show the tokens of the answers', run: usage },
  save: {
    argument: 'NAME|FILE',
    about: 'save the conversation under a name, or write it to a file',
    run: save,
  },
  retry: { argument: '', about: 'ask the last question again', run: retry },
  clear: { argument: '', about: 'remove all turns, not the system text', run: clear },
  exit: { argument: '', about: 'end the session', run: async () => '' },
};

/** A word after a slash. A path such as /tmp/x does not match. */
const COMMAND = /^\/([a-z]+)(?:\s+([^]*))?$/i;

/** The slash command of a line, undefined for a question. */
export function parseCommand(text: string): SlashCommandLine | undefined {
  const [, name, argument = ''] = COMMAND.exec(text.trimEnd()) ?? [];
  if (name === undefined) return undefined;
  const known = name.toLowerCase() === 'quit' ? 'exit' : name.toLowerCase();
  return { name: known, argument: argument.trim() };
}

/** The commands that begin with this text. */
export function completeCommand(line: string): string[] {
  return Object.keys(commands)
    .map((name) => `/${name}`)
    .filter((command) => line.startsWith('/') && command.startsWith(line));
}

/** Runs a command and shows its text. @throws QwenDemoError */
export async function runCommand(
  context: Context,
  repl: Repl,
  { name, argument }: SlashCommandLine,
): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const text = command
    ? await command.run(context, repl, argument)
    : `There is no /${name}. /help lists the commands; a question may begin with a blank.`;
  const { stdout } = context.terminal;
  if (text !== '') stdout.write(`${wrapFor(stdout, safeFor(stdout, text))}\n`);
}

function help(): string {
  const lines = Object.entries(commands).map(([name, { argument, about }]) => {
    return `${`/${name} ${argument}`.padEnd(24)} ${about}`;
  });
  return [
    ...lines,
    '',
    'To write several lines, press Alt-Enter, end a line with \\, or put the text between two """.',
    'Ctrl-C stops an answer. Ctrl-D ends the session.',
  ].join('\n');
}

async function model(_: Context, repl: Repl, name: string): Promise<string> {
  if (name !== '') repl.model = repl.idOf(name);
  return `Questions go to ${repl.model}.`;
}

async function system(context: Context, repl: Repl, argument: string): Promise<string> {
  const { conversation } = repl.opened;
  if (argument !== '') {
    conversation.setSystem(argument === '-' ? undefined : await readSystem(context, argument));
    await conversation.save();
  }
  const text = conversation.system;
  return text === undefined ? 'There is no system text.' : `System: ${text}`;
}

async function image(context: Context, { attachments }: Repl, argument: string): Promise<string> {
  if (argument === '') return 'Which picture? /image PATH or /image https://…';
  await attachments.addImage(pathArgument(argument, context), context);
  return attached(attachments);
}

async function file(context: Context, { attachments }: Repl, argument: string): Promise<string> {
  if (argument === '') return 'Which file? /file PATH';
  await attachments.addFile(pathArgument(argument, context), context);
  return attached(attachments);
}

function attached({ names }: Attachments): string {
  return `With the next question goes: ${names.join(', ')}`;
}

/**
 * A path or URL as people type it or drop it on a terminal: quotes and backslashes are removed, `~`
 * is the home folder.
 * @throws UsageError `no_home` for a path in the home folder of a user who has none
 */
export function pathArgument(argument: string, { env }: Pick<Context, 'env'>): string {
  const [, quoted] =
    /^(?:"(.*)"|'(.*)')$/.exec(argument)?.filter((part) => part !== undefined) ?? [];
  const path = quoted ?? argument.replaceAll(/\\([ '"()&])/g, '$1');
  return pathParser({ env })(path);
}

async function usage(_: Context, { answers, model, opened, windowOf }: Repl): Promise<string> {
  const { system, turns } = opened.conversation;
  const sum = (count: 'prompt_tokens' | 'completion_tokens') =>
    answers.reduce((total, answer) => total + (answer.usage?.[count] ?? 0), 0);
  const { tokens, limit } = fitToWindow({
    system,
    turns,
    question: [],
    window: windowOf(model) ?? contextWindowOf(model),
  });
  const latest = answers.at(-1);
  return [
    ...(latest ? [`Last answer:  ${usageLine(latest)}`] : []),
    `This session: ${sum('prompt_tokens')} prompt + ${sum('completion_tokens')} completion tokens, answers: ${answers.length}`,
    `Conversation: about ${tokens} of ${limit} tokens, turns: ${turns.length}`,
  ].join('\n');
}

async function save(context: Context, repl: Repl, argument: string): Promise<string> {
  const { name, conversation } = repl.opened;
  if (argument === '') {
    return name === undefined
      ? 'Under which name, or to which file? /save NAME or /save out.md'
      : `The conversation is kept as "${name}".`;
  }
  if (!isConversationName(argument)) {
    const { clock, random, signal } = context;
    const path = pathArgument(argument, context);
    await writeUserFile(path, transcript(conversation), { clock, random, signal, mode: 0o600 });
    return `Wrote the conversation to ${path}.`;
  }
  if (name !== undefined) return `The conversation is kept already, as "${name}".`;
  const store = conversationStore(context);
  await claimName(store, argument);
  conversation.saveTo((entries) => store.append(argument, entries));
  await conversation.save();
  repl.opened.name = argument;
  return `The conversation is now kept as "${argument}"; continue it with -c ${argument}.`;
}

async function retry(_: Context, repl: Repl): Promise<string> {
  return (await repl.retry()) ? '' : 'There is no question to ask again.';
}

async function clear(_: Context, repl: Repl): Promise<string> {
  const { conversation } = repl.opened;
  conversation.clear();
  repl.forget();
  await conversation.save();
  return 'All turns are removed from the conversation.';
}
