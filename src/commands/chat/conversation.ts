import type { ChatAnswer } from '../../core/chat/answer.ts';
import type { ChatMessage } from '../../core/chat/messages.ts';
import {
  type Conversation,
  type ConversationState,
  createConversation,
} from '../../core/conversation/conversation.ts';
import {
  type ConversationStore,
  createConversationStore,
  type StoredState,
} from '../../core/conversation/store.ts';
import { contextWindowOf, type FittedPrompt, fitToWindow } from '../../core/conversation/window.ts';
import { UsageError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { ownFilesOf } from '../paths.ts';

/** The conversation that a command begins or continues, as the flags name it. */
export type ConversationChoice =
  | { kind: 'new'; name: string }
  | { kind: 'named'; name: string }
  | { kind: 'latest' };

/** A conversation and its name, which is undefined while it is not saved. */
export interface NamedConversation {
  readonly name: string | undefined;
  readonly conversation: Conversation;
}

/** A conversation that a command continues. */
export interface OpenConversation extends NamedConversation {
  /** The model of its latest turn. */
  readonly model: string | undefined;
  /** The last call: deletes a new conversation in which no turn was saved. */
  close(): Promise<void>;
}

/** The conversations of the user. @throws UsageError `no_home` */
export function conversationStore(context: Context): ConversationStore {
  const { self, clock, random } = context;
  const folder = ownFilesOf(context.env).conversations;
  return createConversationStore({ folder, self, clock, random });
}

/**
 * Opens the chosen conversation, or one that is not saved.
 * @throws UsageError `no_conversation`, `conversation_exists`, `invalid_conversation_name`;
 *   StorageError
 */
export async function openConversation(
  context: Context,
  choice: ConversationChoice | undefined,
): Promise<OpenConversation> {
  if (choice === undefined) {
    const { clock, random } = context;
    const conversation = createConversation({ system: undefined, turns: [] }, { clock, random });
    return { name: undefined, conversation, model: undefined, close: async () => {} };
  }
  const store = conversationStore(context);
  if (choice.kind === 'new') return beginConversation(context, store, choice.name);
  const name = choice.kind === 'latest' ? await latestName(store) : choice.name;
  return continueConversation(context, store, name, await loadConversation(store, name));
}

async function beginConversation(
  context: Context,
  store: ConversationStore,
  name: string,
): Promise<OpenConversation> {
  await claimName(store, name);
  const empty = { system: undefined, turns: [] };
  const opened = continueConversation(context, store, name, empty);
  return { ...opened, close: async () => void (await store.remove(name, 'empty')) };
}

function continueConversation(
  { clock, random }: Context,
  store: ConversationStore,
  name: string,
  state: ConversationState,
): OpenConversation {
  const conversation = createConversation(state, {
    clock,
    random,
    append: (entries) => store.append(name, entries),
  });
  return { name, conversation, model: state.turns.at(-1)?.model, close: async () => {} };
}

/** Creates an empty conversation. @throws UsageError `conversation_exists` */
export async function claimName(store: ConversationStore, name: string): Promise<void> {
  if (await store.create(name)) return;
  throw new UsageError(`There is already a conversation named "${name}"`, {
    code: 'conversation_exists',
    hint: `Continue it: qwen-demo chat -c ${name}. To begin anew: qwen-demo chat --delete ${name}`,
  });
}

/** @throws UsageError `no_conversation` */
export async function loadConversation(
  store: ConversationStore,
  name: string,
): Promise<StoredState> {
  const stored = await store.load(name);
  if (stored) return stored;
  throw await noConversation(store, name);
}

/** The error for a name that no conversation has; its hint names up to 10 others. */
export async function noConversation(store: ConversationStore, name: string): Promise<UsageError> {
  const names = (await store.list()).slice(0, 10).map((other) => other.name);
  return new UsageError(`There is no conversation named "${name}"`, {
    code: 'no_conversation',
    hint:
      names.length > 0 ? `There is: ${names.join(', ')}` : `Begin it: qwen-demo chat --new ${name}`,
  });
}

async function latestName(store: ConversationStore): Promise<string> {
  const [newest] = await store.list();
  if (newest) return newest.name;
  throw new UsageError('There is no conversation to continue', {
    code: 'no_conversation',
    hint: 'Begin one: qwen-demo chat --new NAME',
  });
}

/** The limits of one request, in tokens. */
export interface RequestLimits {
  model: string;
  /** Undefined to take the context window from the model. */
  window: number | undefined;
  /** The `max_tokens` of the request, if it has one. */
  max_tokens: number | undefined;
}

/** The messages to send for a question. A notice says how many turns do not fit and are left out. */
export function messagesFor(
  context: Context,
  { system, turns }: ConversationState,
  question: readonly ChatMessage[],
  { model, window = contextWindowOf(model), max_tokens }: RequestLimits,
): ChatMessage[] {
  const fitted = fitToWindow({ system, turns, question, window, max_tokens });
  if (fitted.left_out > 0) notice(context, leftOutNotice(fitted, model));
  return fitted.messages;
}

function leftOutNotice({ left_out, limit }: FittedPrompt, model: string): string {
  const turns = left_out === 1 ? 'its oldest turn was' : `its ${left_out} oldest turns were`;
  return (
    `The conversation is longer than the about ${limit.toLocaleString('en')} tokens that ${model} ` +
    `takes in: ${turns} not sent.`
  );
}

/** An answer as a turn records it. */
export interface TurnAnswer extends Pick<ChatAnswer, 'content' | 'finish_reason' | 'usage'> {
  /** The model that was asked, which may not be the name that the server sends. */
  model: string;
}

/**
 * Adds a turn and saves it, unless the answer is empty.
 * @param replaces the `id` of the turn that this one replaces
 * @throws StorageError
 */
export async function saveTurn(
  context: Context,
  { conversation, name }: NamedConversation,
  question: readonly ChatMessage[],
  { content, model, finish_reason, usage }: TurnAnswer,
  replaces?: string,
): Promise<void> {
  if (content === '') {
    if (name !== undefined) notice(context, 'The answer is empty: the conversation is unchanged.');
    return;
  }
  conversation.add({ model, question, answer: content, finish_reason, usage, replaces });
  await conversation.save();
}

/** The one turn that `chat` adds to a saved conversation. */
export interface SavedTurn {
  /** The model of the turn before. */
  readonly model: string | undefined;
  /**
   * The request of a question. A system text at the beginning of `messages` becomes the one of the
   * conversation.
   */
  prepare(
    messages: readonly ChatMessage[],
    model: string,
    max_tokens: number | undefined,
  ): PreparedTurn;
  /** The last call, also after a failure. */
  close(): Promise<void>;
}

export interface PreparedTurn {
  /** The messages to send: the turns of the conversation that fit, then the question. */
  readonly messages: ChatMessage[];
  /** Saves the question and its answer. @throws StorageError */
  save(answer: ChatAnswer): Promise<void>;
}

/** @throws the errors of {@link openConversation} */
export async function openSavedTurn(
  context: Context,
  choice: ConversationChoice,
  window: number | undefined,
): Promise<SavedTurn> {
  const opened = await openConversation(context, choice);
  const { conversation } = opened;
  return {
    model: opened.model,
    prepare(messages, model, max_tokens) {
      const [first] = messages;
      const system = first?.role === 'system' ? first : undefined;
      const question = messages.slice(system === undefined ? 0 : 1);
      if (typeof system?.content === 'string') conversation.setSystem(system.content);
      return {
        messages: messagesFor(context, conversation, question, { model, window, max_tokens }),
        save: (answer) => saveTurn(context, opened, question, { ...answer, model }),
      };
    },
    close: opened.close,
  };
}
