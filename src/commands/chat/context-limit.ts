import { contextWindowOf, type FittedPrompt, fitToWindow } from '../../core/conversation/window.ts';
import type { ConversationState } from '../../core/conversation/conversation.ts';
import type { ChatMessage } from '../../core/chat/messages.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';

export interface Room {
  model: string;
  /** `--max-context` */
  window: number | undefined;
  /** The request's `max_tokens`, where it has one. */
  max_tokens: unknown;
}

/** The messages to send for a question; says on stderr what no longer fits among them. */
export function messagesFor(
  context: Context,
  { system, turns }: ConversationState,
  question: readonly ChatMessage[],
  { model, window = contextWindowOf(model), max_tokens }: Room,
): ChatMessage[] {
  const fitted = fitToWindow({
    system,
    turns,
    question,
    window,
    max_tokens: typeof max_tokens === 'number' ? max_tokens : undefined,
  });
  if (fitted.left_out > 0) notice(context, leftOut(fitted, model));
  return fitted.messages;
}

function leftOut({ left_out, limit }: FittedPrompt, model: string): string {
  const turns = left_out === 1 ? 'its oldest turn was' : `its ${left_out} oldest turns were`;
  return (
    `The conversation is longer than the about ${limit.toLocaleString('en')} tokens that ${model} ` +
    `takes in: ${turns} not sent.`
  );
}
