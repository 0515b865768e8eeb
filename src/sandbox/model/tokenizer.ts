import type { RequestMessage } from '../api/chat-request.ts';

// White space, then up to 6 letters or 1 other code point. A code point is never split.
const TOKEN = /\s?(?:\p{L}{1,6}|[^])/gu;

/** Splits a text into tokens about as long as those of Qwen; joined they are the text again. */
export function splitTokens(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** The tokens one by one, without an array of them. */
export function* tokensOf(text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN)) yield token;
}

/** The number of tokens, without an array of them. */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(TOKEN)) count += 1;
  return count;
}

/** Tokens for the role of a message and its delimiters. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 256;

/** The `prompt_tokens` of a request. */
export function countPromptTokens(messages: readonly RequestMessage[]): number {
  return messages.reduce(
    (sum, { text, images }) =>
      sum + TOKENS_PER_MESSAGE + countTokens(text) + images.length * TOKENS_PER_IMAGE,
    0,
  );
}
