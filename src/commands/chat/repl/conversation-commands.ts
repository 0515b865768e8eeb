/** The slash commands that change which turns are sent, and where they are kept. */
import { isConversationName } from '../../../core/conversation/store.ts';
import { textOf, transcript } from '../../../core/conversation/transcript.ts';
import { writeUserFile } from '../../../core/files/user-output.ts';
import { nearest } from '../../../core/nearest.ts';
import { canCopy, copy } from '../../../terminal/keys.ts';
import { safeFor } from '../../../terminal/writer.ts';
import type { Context } from '../../context.ts';
import {
  claimName,
  type ConversationChoice,
  conversationStore,
  openConversation,
} from '../conversation.ts';
import { pathArgument } from './path-argument.ts';
import type { Repl } from './repl.ts';

export async function save(context: Context, repl: Repl, argument: string): Promise<string> {
  const { name, conversation } = repl.opened;
  if (argument === '') {
    return name === undefined
      ? 'Under which name, or to which file? /save NAME or /save out.md'
      : `The conversation is kept as "${name}".`;
  }
  if (!isConversationName(argument)) {
    const path = pathArgument(argument, context);
    await writeUserFile(path, transcript(conversation), { ...context, mode: 0o600 });
    return `Wrote the conversation to ${path}.`;
  }
  if (name !== undefined) return `The conversation is kept already, as "${name}".`;
  const store = conversationStore(context);
  await claimName(store, argument);
  conversation.saveTo((entries) => store.append(argument, entries));
  await conversation.save();
  repl.opened.name = argument;
  return '';
}

export async function load(context: Context, repl: Repl, name: string): Promise<string> {
  if (name === '') return 'Which conversation? /load NAME. /list lists them.';
  if (name === repl.opened.name) return `The conversation "${name}" is open.`;
  const names = (await conversationStore(context).list()).map((one) => one.name);
  if (!names.includes(name)) {
    const near = nearest(name, names);
    const next = near === undefined ? '/list lists them.' : `Did you mean /load ${near}?`;
    return `There is no conversation named "${name}". ${next}`;
  }
  return change(context, repl, { kind: 'named', name });
}

export async function begin(context: Context, repl: Repl, name: string): Promise<string> {
  return change(context, repl, name === '' ? undefined : { kind: 'new', name });
}

/** Opens another conversation in place of the current one. */
async function change(
  context: Context,
  repl: Repl,
  choice: ConversationChoice | undefined,
): Promise<string> {
  const before = repl.opened;
  const next = await openConversation(context, choice);
  if (choice?.kind !== 'named') next.conversation.setSystem(repl.system);
  await before.close();
  repl.open(next);
  const lost = before.name === undefined ? before.conversation.turns.length : 0;
  return lost === 0 ? '' : `The conversation before was not saved (turns: ${lost}).`;
}

export async function list(context: Context): Promise<string> {
  const { runStoredTask } = await import('../stored-conversations.ts');
  await runStoredTask(context, { action: 'list', json: false, sanitize: false });
  return '';
}

/** Characters of a question that `/undo` repeats. */
const LONGEST_QUESTION = 60;

export async function undo(_: Context, repl: Repl): Promise<string> {
  const { conversation } = repl.opened;
  const turn = conversation.undo();
  if (turn === undefined) return 'There is no turn to take back.';
  repl.lookBack();
  await conversation.save();
  const [question] = turn.messages;
  const text = question ? textOf(question).trim().replaceAll(/\s+/g, ' ') : '';
  const shown = text.length > LONGEST_QUESTION ? `${text.slice(0, LONGEST_QUESTION)}…` : text;
  return `Took back the question "${shown}" and its answer (turns: ${conversation.turns.length}).`;
}

export async function clear(_: Context, repl: Repl): Promise<string> {
  const { conversation } = repl.opened;
  conversation.clear();
  repl.lookBack();
  await conversation.save();
  return 'All turns are removed from the conversation.';
}

/** xterm and others drop a sequence with more than 100,000 characters of base64. In bytes. */
const CLIPBOARD_CAP = 74_994;

export async function copyAnswer({ terminal }: Context, repl: Repl): Promise<string> {
  const answer = repl.opened.conversation.turns.at(-1)?.messages.at(-1);
  if (answer === undefined) return 'There is no answer to copy.';
  const { stdout, env } = terminal;
  if (!canCopy(env)) {
    return 'This terminal takes no text for its clipboard. /save FILE writes the conversation.';
  }
  const text = safeFor(stdout, textOf(answer));
  copy(stdout, env, text);
  const size = Buffer.byteLength(text);
  const doubt =
    size > CLIPBOARD_CAP ? ` Many terminals drop more than ${CLIPBOARD_CAP} bytes.` : '';
  return `Sent the last answer to the clipboard of the terminal (${size} bytes).${doubt}`;
}
