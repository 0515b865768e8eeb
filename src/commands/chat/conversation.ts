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
  isConversationName,
  type StoredState,
} from '../../core/conversation/store.ts';
import {
  contextWindowOf,
  type FittedPrompt,
  fitToWindow,
  windowAfterRefusal,
} from '../../core/conversation/window.ts';
import { QwenDemoError, UsageError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Context } from '../context.ts';
import { notice, noticesOf } from '../notice.ts';
import { ownFilesOf } from '../paths.ts';

/** The conversation that a command begins or continues, as the flags name it. */
export type ConversationChoice =
  | { kind: 'new'; name: string }
  | { kind: 'named'; name: string }
  | { kind: 'latest' };

/** A conversation that a command begins or continues. */
export interface OpenConversation {
  /** Undefined while it is not saved. `/save NAME` sets it. */
  name: string | undefined;
  readonly conversation: Conversation;
  /** Whether it had turns or a system text when it was opened. */
  readonly begun: boolean;
  /** The model of its latest turn. */
  readonly model: string | undefined;
  /**
   * The messages to send: the turns that fit, then the question. A notice says how many turns are
   * left out.
   * @param replaces the `id` of a turn that is not sent, because the question replaces it
   */
  prepareTurn(
    question: readonly ChatMessage[],
    limits: RequestLimits,
    replaces?: string,
  ): ChatMessage[];
  /**
   * Fewer messages for a turn, after the API said that they are too long; undefined for any other
   * error, and when none can be left out. A notice says so. Later turns keep to the smaller window.
   */
  shortenTurn(
    error: unknown,
    messages: readonly ChatMessage[],
    ...turn: Parameters<OpenConversation['prepareTurn']>
  ): ChatMessage[] | undefined;
  /**
   * Adds a turn and saves it, unless the answer is empty.
   * @param replaces the `id` of the turn that this one replaces
   * @throws StorageError
   */
  saveTurn(question: readonly ChatMessage[], answer: TurnAnswer, replaces?: string): Promise<void>;
  /** The last call: deletes a new conversation in which no turn was saved. */
  close(): Promise<void>;
}

/** The limits of one request, in tokens. */
export interface RequestLimits {
  model: string;
  /** Undefined to take the context window from the model. */
  window: number | undefined;
  /** The `max_tokens` of the request, if it has one. */
  max_tokens: number | undefined;
}

/** An answer as a turn records it. */
export interface TurnAnswer extends Pick<ChatAnswer, 'content' | 'finish_reason' | 'usage'> {
  /** The model that was asked, which may not be the name that the server sends. */
  model: string;
}

/** The conversations of the user. @throws UsageError `no_home` */
export function conversationStore(context: Context): ConversationStore {
  const { self, clock, random } = context;
  const folder = ownFilesOf(context.env).conversations;
  return createConversationStore({ folder, self, clock, random, onNotice: noticesOf(context) });
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
    return opened(context, createConversation(EMPTY, { clock, random }), undefined);
  }
  const store = conversationStore(context);
  if (choice.kind === 'new') {
    const { name } = choice;
    await claimName(store, name);
    const conversation = storedConversation(context, store, name, EMPTY);
    return opened(
      context,
      conversation,
      name,
      async () => void (await store.remove(name, 'empty')),
    );
  }
  const name = choice.kind === 'latest' ? await latestName(store) : choice.name;
  const state = await loadConversation(store, name);
  return opened(context, storedConversation(context, store, name, state), name);
}

/**
 * Whether the value of `-c` names a conversation; else it is the beginning of the prompt. A text that is
 * similar to the name of a conversation counts as one: it is misspelt.
 */
export async function meansConversation(context: Context, value: string): Promise<boolean> {
  if (value.trim() === '') return true;
  if (!isConversationName(value)) return false;
  const names = (await conversationStore(context).list()).map(({ name }) => name);
  return nearest(value, names) !== undefined;
}

const EMPTY: ConversationState = { system: undefined, turns: [] };

function storedConversation(
  { clock, random }: Context,
  store: ConversationStore,
  name: string,
  state: ConversationState,
): Conversation {
  return createConversation(state, {
    clock,
    random,
    append: (entries) => store.append(name, entries),
  });
}

function opened(
  context: Context,
  conversation: Conversation,
  name: string | undefined,
  close = async () => {},
): OpenConversation {
  /** By model: the windows that refusals have shown, in tokens. */
  const shown = new Map<string, number>();
  const open: OpenConversation = {
    name,
    conversation,
    begun: conversation.turns.length > 0 || conversation.system !== undefined,
    model: conversation.turns.at(-1)?.model,
    prepareTurn(question, limits, replaces) {
      const { system, turns } = conversation;
      const before = { system, turns: turns.filter(({ id }) => id !== replaces) };
      const { model, window = contextWindowOf(model) } = limits;
      const smaller = Math.min(window, shown.get(model) ?? window);
      return messagesFor(context, before, question, { ...limits, window: smaller });
    },
    shortenTurn(error, messages, question, limits, replaces) {
      if (!(error instanceof QwenDemoError) || error.code !== 'context_length_exceeded')
        return undefined;
      const { turns } = conversation;
      if (messages.length <= question.length + 1 || turns.length === 0) return undefined;
      shown.set(limits.model, windowAfterRefusal(error.hint, messages, limits.max_tokens));
      notice(context, `${error.message.replace(/\.$/, '')}; asking again with fewer turns`);
      const fewer = open.prepareTurn(question, limits, replaces);
      return fewer.length < messages.length ? fewer : undefined;
    },
    async saveTurn(question, { content, model, finish_reason, usage }, replaces) {
      if (content === '') {
        if (open.name === undefined) return;
        notice(context, 'The answer is empty: the conversation is unchanged.');
        return;
      }
      conversation.add({ model, question, answer: content, finish_reason, usage, replaces });
      await conversation.save();
    },
    close,
  };
  return open;
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
  const all = (await store.list()).map((other) => other.name);
  const names = all.slice(0, 10).join(', ');
  return new UsageError(`There is no conversation named "${name}"`, {
    code: 'no_conversation',
    choice: { given: name, among: all },
    hint: names === '' ? `Begin it: qwen-demo chat --new ${name}` : `There is: ${names}`,
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

function messagesFor(
  context: Context,
  { system, turns }: ConversationState,
  question: readonly ChatMessage[],
  { model, window, max_tokens }: RequestLimits & { window: number },
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
