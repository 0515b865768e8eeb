import type { ChatAnswer } from '../chat/answer.ts';
import type { Figures, Spread, TokensSpent } from './report.ts';

/** With fewer tokens than this, the rate is random. */
const MIN_TOKENS = 5;
/** Tokens that arrive within fewer milliseconds than this were buffered. */
const MIN_TIME = 5;
/** In English and with the usual tokenizers. */
export const CHARACTERS_PER_TOKEN = 4;

/**
 * @param latency_ms from sending the request to the end of the answer
 * @param first_ms from sending the request to the first delta: reasoning, content or a function call;
 *   the client does not count the latter
 */
export function figuresOf(
  answer: ChatAnswer,
  latency_ms: number,
  first_ms: number | undefined,
): Figures {
  // The first token of an answer that arrives whole is not seen.
  const first = answer.streamed ? (first_ms ?? answer.timings.first_token) : undefined;
  return {
    latency_ms: Math.round(latency_ms),
    first_token_ms: first === undefined ? undefined : Math.round(first),
    tokens_per_second: rateOf(answer, latency_ms, first),
  };
}

/**
 * Tokens per second after the first token; over the whole time when all chunks arrive at once. One
 * chunk alone does not show how long it took to write.
 */
function rateOf(answer: ChatAnswer, latency_ms: number, first_ms = 0): number | undefined {
  const { usage, chunks, streamed } = answer;
  if (!streamed || chunks < 2) return undefined;
  // Most servers send each token in a chunk of its own.
  const tokens = credible(usage?.completion_tokens, Math.max(chunks, estimate(textLength(answer))));
  if (tokens < MIN_TOKENS) return undefined;
  const writing = latency_ms - first_ms;
  const ms = writing >= MIN_TIME ? writing : latency_ms;
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
 * The tokens of an answer: as the server counts them, or our estimate where it sends none or a number
 * that cannot be true (0, negative, not whole, or out of all proportion to the text).
 * @param prompt estimated tokens of the prompt
 */
export function tokensOf(answer: ChatAnswer, prompt: number): TokensSpent {
  const { usage } = answer;
  return {
    prompt_tokens: credible(usage?.prompt_tokens, prompt),
    completion_tokens: credible(usage?.completion_tokens, estimate(textLength(answer))),
  };
}

/**
 * What an answer cost in all. A total above the sum is believed within the same limits: some servers
 * leave the tokens of hidden reasoning out of the other two.
 */
export function costOf({ usage }: ChatAnswer, tokens: TokensSpent): number {
  const sum = tokens.prompt_tokens + tokens.completion_tokens;
  return Math.max(sum, credible(usage?.total_tokens, sum));
}

/** Hidden reasoning and the server's own text before a prompt have at most this many tokens. */
const UNSEEN_TOKENS = 50_000;
/** A count may be this many times higher or lower than ours: scripts and tokenizers differ. */
const TOLERANCE = 16;

function credible(counted: number | undefined, ours: number): number {
  const fits =
    counted !== undefined &&
    Number.isInteger(counted) &&
    counted >= Math.max(1, ours / TOLERANCE) &&
    counted <= ours * TOLERANCE + UNSEEN_TOKENS;
  return fits ? counted : ours;
}

/** Characters of everything that the model wrote. */
function textLength({ content, reasoning, tool_calls }: ChatAnswer): number {
  const calls = tool_calls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  return content.length + reasoning.length + calls;
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
