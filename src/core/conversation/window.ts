import { type ChatMessage, type ContentPart, textOfPart } from '../chat/messages.ts';
import { knownContext } from '../qwen/known-models.ts';
import type { Turn } from './conversation.ts';

/** Tokens, for a model that nothing is known about: the smallest window of Qwen's current models. */
const UNKNOWN_CONTEXT = 131_072;

/** Tokens reserved for an answer without `max_tokens`, at most a quarter of the window. */
const ANSWER_TOKENS = 8192;

/** The context window of a model in tokens, prompt and answer together. */
export function contextWindowOf(model: string): number {
  return knownContext(model) ?? UNKNOWN_CONTEXT;
}

/**
 * UTF-8 bytes of one token. Qwen's tokenizer takes about 4 for English, 3 to 4 for program
 * text, 4 to 5 (one and a half characters) for Chinese. 3 overestimates the tokens of each.
 */
const BYTES_PER_TOKEN = 3;
/** For the role of a message and its delimiters. */
const TOKENS_PER_MESSAGE = 4;
/** Qwen's vision models scale a picture down to this many tokens by default. */
const TOKENS_PER_IMAGE = 2560;

/** Estimates the tokens of messages without a tokenizer: too many rather than too few. */
export function estimateTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => {
    const parts = Array.isArray(content)
      ? content
      : [{ type: 'text' as const, text: content ?? '' }];
    return parts.reduce((sum, part) => sum + tokensOfPart(part), sum + TOKENS_PER_MESSAGE);
  }, 0);
}

function tokensOfPart(part: ContentPart): number {
  const text = textOfPart(part);
  return text === undefined ? TOKENS_PER_IMAGE : tokensOf(text);
}

const tokensOf = (text: string) => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

/** The parts of a prompt that has to fit into a context window. */
export interface WindowInput {
  system: string | undefined;
  turns: readonly Turn[];
  /** The new messages of the user. They are always sent, and so is the system text. */
  question: readonly ChatMessage[];
  /** Context window in tokens, prompt and answer together. */
  window: number;
  /** The `max_tokens` of the request, if it has one. */
  max_tokens?: number | undefined;
}

/** The messages that fit, with the figures that decided it. */
export interface FittedPrompt {
  messages: ChatMessage[];
  /** Number of turns that are not sent, the oldest ones. */
  left_out: number;
  /** Estimated tokens of `messages`. */
  tokens: number;
  /** Tokens that `messages` may take: the window without the tokens for the answer. */
  limit: number;
}

/**
 * The messages of the next request: system text, the latest turns that fit into the window, question.
 * `tokens` exceeds `limit` if system text and question alone do not fit.
 */
export function fitToWindow(input: WindowInput): FittedPrompt {
  const { system, turns, question, window, max_tokens } = input;
  const limit = window - (max_tokens ?? Math.min(ANSWER_TOKENS, Math.floor(window / 4)));
  const head: ChatMessage[] = system === undefined ? [] : [{ role: 'system', content: system }];
  let tokens = estimateTokens([...head, ...question]);
  let first = turns.length;
  for (; first > 0; first -= 1) {
    const more = estimateTokens(turns[first - 1]?.messages ?? []);
    if (tokens + more > limit) break;
    tokens += more;
  }
  const sent = turns.slice(first).flatMap(({ messages }) => messages);
  return { messages: [...head, ...sent, ...question], left_out: first, tokens, limit };
}

/**
 * The window to try after an API refused messages as too long, in tokens: the one that the server
 * names, which the hint repeats, unless the messages fit into it by our estimate; else one that halves
 * them.
 * @param hint of the error
 */
export function windowAfterRefusal(
  hint: string | undefined,
  messages: readonly ChatMessage[],
  max_tokens = 0,
): number {
  const tokens = estimateTokens(messages);
  const named = Number(/--max-context (\d+)/.exec(hint ?? '')?.[1]);
  return named > 0 && named < tokens ? named : Math.ceil((tokens / 3) * 2) + max_tokens;
}
