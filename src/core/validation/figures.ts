import type { ChatAnswer } from '../chat/answer.ts';
import type { Figures, Spread, TokensSpent } from './report.ts';

/** With fewer tokens than this, the rate is random. */
const MIN_TOKENS = 5;
/** Tokens that arrive within fewer milliseconds than this were buffered. */
const MIN_TIME = 5;
/** In English and with the usual tokenizers. */
export const CHARACTERS_PER_TOKEN = 4;

/** @param latency_ms from sending the request to the end of the answer */
export function figuresOf(answer: ChatAnswer, latency_ms: number): Figures {
  const { first_token } = answer.timings;
  return {
    latency_ms: Math.round(latency_ms),
    first_token_ms: first_token === undefined ? undefined : Math.round(first_token),
    tokens_per_second: rateOf(answer),
  };
}

/** Tokens per second after the first token; over the whole time when all arrive at once. */
function rateOf({ usage, chunks, timings }: ChatAnswer): number | undefined {
  const tokens = usage?.completion_tokens ?? chunks;
  if (tokens < MIN_TOKENS) return undefined;
  const writing = timings.total - (timings.first_token ?? 0);
  const ms = writing >= MIN_TIME ? writing : timings.total;
  return ms > 0 ? Math.round((tokens / ms) * 10_000) / 10 : undefined;
}

/** The median of each figure. */
export function medianFigures(all: readonly Figures[]): Figures {
  return {
    latency_ms: Math.round(spreadOf(all.map((each) => each.latency_ms))?.median ?? 0),
    first_token_ms: spreadOf(all.map((each) => each.first_token_ms))?.median,
    tokens_per_second: spreadOf(all.map((each) => each.tokens_per_second))?.median,
  };
}

/** Minimum, median and maximum; undefined when nothing was measured. */
export function spreadOf(measured: readonly (number | undefined)[]): Spread | undefined {
  const sorted = measured.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? min;
  const high = sorted[Math.floor(middle)] ?? max;
  return { min, median: Math.round((low + high) * 5) / 10, max };
}

/**
 * The tokens of an answer, estimated from its length when the server sends no usage.
 * @param prompt estimated tokens of the prompt
 */
export function tokensOf({ usage, content, reasoning }: ChatAnswer, prompt: number): TokensSpent {
  return {
    prompt_tokens: usage?.prompt_tokens ?? prompt,
    completion_tokens: usage?.completion_tokens ?? estimate(content.length + reasoning.length),
  };
}

/** Estimated tokens of a text, from its number of characters. */
export function estimate(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** The sum to start from. */
export const NO_TOKENS: TokensSpent = { prompt_tokens: 0, completion_tokens: 0 };

/** Adds two token counts. */
export function addTokens(a: TokensSpent, b: TokensSpent): TokensSpent {
  return {
    prompt_tokens: a.prompt_tokens + b.prompt_tokens,
    completion_tokens: a.completion_tokens + b.completion_tokens,
  };
}
