import type { RequestMessage } from '../api/chat-request.ts';

// A space and up to six letters, or a space and one of anything else. Code points are never split.
const TOKEN = /\s?(?:\p{L}{1,6}|[^])/gu;

/** Pieces about as long as those of the real tokenizer; joined they are the text again. */
export function splitTokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Without building the pieces. */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(TOKEN)) count += 1;
  return count;
}

/** What the roles and the frame around a message cost. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 256;

export function countPromptTokens(messages: readonly RequestMessage[]): number {
  return messages.reduce(
    (sum, { text, images }) =>
      sum + TOKENS_PER_MESSAGE + countTokens(text) + images.length * TOKENS_PER_IMAGE,
    0,
  );
}
