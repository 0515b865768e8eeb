import type { ChatMessage } from '../chat/messages.ts';
import type { Turn } from './conversation.ts';

/**
 * Tokens that question and answer may take together, as the vendor states them; Qwen Code counts
 * with the same figures. For every other model the least that Qwen's current models take.
 */
const WINDOWS: readonly (readonly [RegExp, number])[] = [
  [/^(qwen3-coder-(plus|flash)|coder-model|qwen3\.\d|qwen-(plus|flash)(-latest)?$)/, 1_000_000],
  [/^(qwen3-(max|vl|coder|next)|vision-model$)/, 262_144],
];
const OTHER_WINDOW = 131_072;

/** What is left for an answer whose length nobody limited, at most a quarter of the window. */
const ANSWER = 8192;

export function contextWindowOf(model: string): number {
  return WINDOWS.find(([pattern]) => pattern.test(model))?.[1] ?? OTHER_WINDOW;
}

/**
 * UTF-8 bytes to a token. Qwen's tokenizer takes about 4 for English, 3 to 4 for program text and
 * 4 to 5 (one and a half characters) for Chinese: an estimate that errs on the safe side.
 */
const BYTES_PER_TOKEN = 3;
/** The role and the marks around a message. */
const TOKENS_PER_MESSAGE = 4;
/** What Qwen's vision models scale a picture down to, unless told otherwise. */
const TOKENS_PER_IMAGE = 2560;

/** An estimate, rather too high than too low. */
export function estimateTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => {
    const parts = Array.isArray(content)
      ? content
      : [{ type: 'text' as const, text: content ?? '' }];
    return parts.reduce(
      (sum, part) => sum + (part.type === 'text' ? tokensOf(part.text) : TOKENS_PER_IMAGE),
      sum + TOKENS_PER_MESSAGE,
    );
  }, 0);
}

const tokensOf = (text: string) => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

export interface Fitting {
  system: string | undefined;
  turns: readonly Turn[];
  /** The user's new messages: always sent, and so is the system text. */
  question: readonly ChatMessage[];
  /** Tokens that everything and the answer may take together. */
  window: number;
  /** The most tokens that the answer may take, where that was limited. */
  max_tokens?: number | undefined;
}

export interface Fitted {
  messages: ChatMessage[];
  /** Turns left out, the oldest ones. */
  left_out: number;
  /** Estimated, of the messages that are sent. */
  tokens: number;
  /** Estimated tokens that the messages may take. */
  room: number;
}

/** The messages of the next request: as many of the latest turns as fit, whole ones. */
export function fitToWindow({ system, turns, question, window, max_tokens }: Fitting): Fitted {
  const room = window - (max_tokens ?? Math.min(ANSWER, Math.floor(window / 4)));
  const head: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  let tokens = estimateTokens([...head, ...question]);
  let first = turns.length;
  for (; first > 0; first -= 1) {
    const more = estimateTokens(turns[first - 1]?.messages ?? []);
    if (tokens + more > room) break;
    tokens += more;
  }
  const kept = turns.slice(first).flatMap(({ messages }) => messages);
  return { messages: [...head, ...kept, ...question], left_out: first, tokens, room };
}
