import type { ChatAnswer } from '../../core/chat/answer.ts';
import { createConversation, type Conversation } from '../../core/conversation/conversation.ts';
import {
  type ConversationStore,
  createConversationStore,
  type StoredState,
} from '../../core/conversation/store.ts';
import type { ChatMessage } from '../../core/chat/messages.ts';
import { UsageError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { ownFilesOf } from '../paths.ts';

/** The flags that go on with a conversation or begin one. */
export interface ConversationFlags {
  /** True for the latest one. */
  continue?: string | true;
  new?: string;
  maxContext?: number;
}

/** A conversation that one command goes on with. */
export interface OpenConversation {
  /** Undefined for one that is not kept. */
  readonly name: string | undefined;
  readonly dialogue: Conversation;
  /** The model of its latest turn. */
  readonly model: string | undefined;
  /** Ends the command's use of it: a new one in which nothing was said is taken away. */
  close(): Promise<void>;
}

export function conversationStore(context: Context): ConversationStore {
  return createConversationStore({
    ...context,
    folder: ownFilesOf(context.env).conversations,
  });
}

/**
 * The conversation that the flags name; without them one that is not kept.
 * @throws UsageError when there is none of that name, or for `--new` already one; StorageError
 */
export async function openConversation(
  context: Context,
  flags: ConversationFlags,
): Promise<OpenConversation> {
  if (flags.new !== undefined) return begin(context, flags.new);
  if (flags.continue === undefined) {
    const dialogue = createConversation({ system: undefined, turns: [] }, context);
    return { name: undefined, dialogue, model: undefined, close: async () => {} };
  }
  const store = conversationStore(context);
  const name = flags.continue === true ? await latest(store) : flags.continue;
  const stored = await loadConversation(store, name);
  return open(context, store, name, stored);
}

async function begin(context: Context, name: string): Promise<OpenConversation> {
  const store = conversationStore(context);
  await claimName(store, name);
  const opened = open(context, store, name, { system: undefined, turns: [], damaged: 0 });
  return { ...opened, close: async () => void (await store.remove(name, 'empty')) };
}

function open(
  context: Context,
  store: ConversationStore,
  name: string,
  stored: StoredState,
): OpenConversation {
  const dialogue = createConversation(stored, {
    ...context,
    append: (entries) => store.append(name, entries),
  });
  return { name, dialogue, model: stored.turns.at(-1)?.model, close: async () => {} };
}

/** Claims a name. @throws UsageError when it is taken */
export async function claimName(store: ConversationStore, name: string): Promise<void> {
  if (await store.create(name)) return;
  throw new UsageError(`There is already a conversation named "${name}"`, {
    code: 'conversation_exists',
    hint: `Go on with it: -c ${name}. To begin anew: qwen-demo chat --delete ${name}`,
  });
}

/** @throws UsageError when there is none of that name */
export async function loadConversation(
  store: ConversationStore,
  name: string,
): Promise<StoredState> {
  const stored = await store.load(name);
  if (stored) return stored;
  throw await noConversation(store, name);
}

export async function noConversation(store: ConversationStore, name: string): Promise<UsageError> {
  const names = (await store.list()).slice(0, 10).map((other) => other.name);
  return new UsageError(`There is no conversation named "${name}"`, {
    code: 'no_conversation',
    hint: names.length > 0 ? `There is: ${names.join(', ')}` : `Begin it: --new ${name}`,
  });
}

async function latest(store: ConversationStore): Promise<string> {
  const [newest] = await store.list();
  if (newest) return newest.name;
  throw new UsageError('There is no conversation to go on with', {
    code: 'no_conversation',
    hint: 'Begin one: qwen-demo chat --new NAME',
  });
}

/** Keeps a turn, where something was said in it. `finish_reason` in place of the server's word. */
export async function keepTurn(
  context: Context,
  { dialogue, name }: Pick<OpenConversation, 'dialogue' | 'name'>,
  question: readonly ChatMessage[],
  answer: Pick<ChatAnswer, 'content' | 'finish_reason' | 'usage'> & { asked: string },
  replaces?: string,
): Promise<void> {
  const { content, asked: model, finish_reason, usage } = answer;
  if (content === '') {
    if (name !== undefined) notice(context, 'Nothing was said: the conversation is as before.');
    return;
  }
  dialogue.add({ model, question, answer: content, finish_reason, usage, replaces });
  await dialogue.save();
}
