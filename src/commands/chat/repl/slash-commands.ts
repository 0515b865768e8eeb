import { contextWindowOf, fitToWindow } from '../../../core/conversation/window.ts';
import { isConversationName } from '../../../core/conversation/store.ts';
import { transcript } from '../../../core/conversation/transcript.ts';
import { wrapFor } from '../../../terminal/wrap.ts';
import { writeUserFile } from '../../../core/files/user-output.ts';
import { safeFor } from '../../../terminal/writer.ts';
import type { Context } from '../../context.ts';
import { claimName, conversationStore } from '../conversation.ts';
import { readSystem } from '../input.ts';
import { usageLine } from '../usage-line.ts';
import { pathParser } from '../../paths.ts';
import type { Attachments } from '../attachments.ts';
import type { Talk } from './repl.ts';

/** What the commands of a session work on. */
export interface Session {
  context: Context;
  talk: Talk;
  attachments: Attachments;
  /** Tokens, where the user limits them. */
  window: number | undefined;
}

interface SlashCommand {
  argument: string;
  about: string;
  /** Resolves to what is to be said. @throws QwenDemoError, which is told, and the session goes on */
  run(session: Session, argument: string): Promise<string>;
}

const commands: Readonly<Record<string, SlashCommand>> = {
  help: { argument: '', about: 'show this', run: async () => help() },
  model: { argument: '[MODEL]', about: 'ask another model, or show which is asked', run: model },
  system: {
    argument: '[TEXT|@FILE|-]',
    about: 'set the system text, or show it; "-" removes it',
    run: system,
  },
  image: { argument: 'PATH|URL', about: 'send a picture with the next question', run: image },
  file: { argument: 'PATH', about: 'send a text file with the next question', run: file },
  usage: { argument: '', about: 'show what the answers took', run: usage },
  save: {
    argument: 'NAME|FILE',
    about: 'keep the conversation by name, or write it to a file',
    run: save,
  },
  retry: { argument: '', about: 'ask the last question again', run: retry },
  clear: { argument: '', about: 'forget what was said, not the system text', run: clear },
  exit: { argument: '', about: 'end the session', run: async () => '' },
};

/** A word after a slash; a path is none. */
const COMMAND = /^\/([a-z]+)(?:\s+([^]*))?$/i;

/** The name and argument of a line that is a command. */
export function parseCommand(text: string): { name: string; argument: string } | undefined {
  const [, name, argument = ''] = COMMAND.exec(text.trimEnd()) ?? [];
  if (name === undefined) return undefined;
  const known = name.toLowerCase() === 'quit' ? 'exit' : name.toLowerCase();
  return { name: known, argument: argument.trim() };
}

/** The commands that a line which begins so can become. */
export function completeCommand(line: string): string[] {
  return Object.keys(commands)
    .map((name) => `/${name}`)
    .filter((command) => line.startsWith('/') && command.startsWith(line));
}

/** Says what a command has to say. @throws QwenDemoError */
export async function runCommand(session: Session, name: string, argument: string): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const text = command
    ? await command.run(session, argument)
    : `There is no /${name}. /help shows what there is; a question may begin with a blank.`;
  const { stdout } = session.context.terminal;
  if (text !== '') stdout.write(`${wrapFor(stdout, safeFor(stdout, text))}\n`);
}

function help(): string {
  const lines = Object.entries(commands).map(([name, { argument, about }]) => {
    return `${`/${name} ${argument}`.padEnd(24)} ${about}`;
  });
  return [
    ...lines,
    '',
    'Alt-Enter or a backslash at its end continues a line; """ opens and closes many.',
    'Ctrl-C stops an answer. Ctrl-D ends the session.',
  ].join('\n');
}

async function model({ talk }: Session, name: string): Promise<string> {
  if (name !== '') talk.model = name;
  return `Questions go to ${talk.model}.`;
}

async function system({ context, talk }: Session, argument: string): Promise<string> {
  const { dialogue } = talk.conversation;
  if (argument !== '') {
    dialogue.setSystem(argument === '-' ? undefined : await readSystem(context, argument));
    await dialogue.save();
  }
  return dialogue.system === undefined ? 'There is no system text.' : `System: ${dialogue.system}`;
}

async function image({ context, attachments }: Session, argument: string): Promise<string> {
  if (argument === '') return 'Which picture? /image PATH or /image https://…';
  await attachments.addImage(pathArgument(argument, context), context);
  return attached(attachments);
}

async function file({ context, attachments }: Session, argument: string): Promise<string> {
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

async function usage({ talk, window }: Session): Promise<string> {
  const { answers, model, conversation } = talk;
  const { system, turns } = conversation.dialogue;
  const sum = (count: 'prompt_tokens' | 'completion_tokens') =>
    answers.reduce((total, answer) => total + (answer.usage?.[count] ?? 0), 0);
  const { tokens, limit } = fitToWindow({
    system,
    turns,
    question: [],
    window: window ?? contextWindowOf(model),
  });
  const latest = answers.at(-1);
  return [
    ...(latest ? [`Last answer:  ${usageLine(latest)}`] : []),
    `This session: ${sum('prompt_tokens')} prompt + ${sum('completion_tokens')} completion tokens, answers: ${answers.length}`,
    `Conversation: about ${tokens} of ${limit} tokens, turns: ${turns.length}`,
  ].join('\n');
}

async function save({ context, talk }: Session, argument: string): Promise<string> {
  const { name, dialogue } = talk.conversation;
  if (argument === '') {
    return name === undefined
      ? 'Under which name, or to which file? /save NAME or /save out.md'
      : `The conversation is kept as "${name}".`;
  }
  if (!isConversationName(argument)) {
    const path = pathArgument(argument, context);
    await writeUserFile(path, transcript(dialogue), { ...context, mode: 0o600 });
    return `Wrote the conversation to ${path}.`;
  }
  if (name !== undefined) return `The conversation is kept already, as "${name}".`;
  const store = conversationStore(context);
  await claimName(store, argument);
  dialogue.saveTo((entries) => store.append(argument, entries));
  await dialogue.save();
  talk.conversation = { name: argument, dialogue };
  return `From now on the conversation is kept as "${argument}"; go on with it by -c ${argument}.`;
}

async function retry({ talk }: Session): Promise<string> {
  return (await talk.retry()) ? '' : 'There is no question to ask again.';
}

async function clear({ talk }: Session): Promise<string> {
  const { dialogue } = talk.conversation;
  dialogue.clear();
  talk.forget();
  await dialogue.save();
  return 'Everything said before is forgotten.';
}
