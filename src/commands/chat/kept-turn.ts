import type { ChatAnswer } from '../../core/chat/answer.ts';
import type { ChatMessage } from '../../core/chat/messages.ts';
import type { Context } from '../context.ts';
import { messagesFor } from './context-limit.ts';
import { type ConversationFlags, keepTurn, openConversation } from './conversation.ts';

/** One question of one command in a conversation that is kept. */
export interface KeptTurn {
  /** The model of the turn before. */
  readonly model: string | undefined;
  /**
   * The messages to send: the conversation's, as far as they fit, and the question's. A system text
   * among the latter holds from now on.
   */
  prepare(
    messages: readonly ChatMessage[],
    model: string,
    parameters: Readonly<Record<string, unknown>>,
  ): ChatMessage[];
  /** Keeps what was prepared with its answer. @throws StorageError */
  keep(answer: ChatAnswer): Promise<void>;
  /** Last of all, whatever happened. */
  close(): Promise<void>;
}

/** @throws UsageError for a conversation that is not there, or already there; StorageError */
export async function openKeptTurn(context: Context, flags: ConversationFlags): Promise<KeptTurn> {
  const window = flags.maxContext;
  const conversation = await openConversation(context, flags);
  const { dialogue, model, close } = conversation;
  let question: ChatMessage[] = [];
  let asked = '';
  return {
    model,
    prepare(messages, model, { max_tokens }) {
      asked = model;
      const [first] = messages;
      const system = first?.role === 'system' ? first : undefined;
      question = messages.slice(system === undefined ? 0 : 1);
      if (typeof system?.content === 'string') dialogue.setSystem(system.content);
      return messagesFor(context, dialogue, question, { model, window, max_tokens });
    },
    keep: (answer) => keepTurn(context, conversation, question, { ...answer, asked }),
    close,
  };
}
