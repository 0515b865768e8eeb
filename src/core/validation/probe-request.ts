import type { Chat, ChatAnswer, ChatOptions, ChatRequest } from '../chat/answer.ts';
import { ApiError, AuthError, NetworkError, QuotaError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import type { Bound } from './cancellation.ts';
import { estimate, figuresOf, tokensOf } from './figures.ts';
import { backoff, type Pace } from './rate-limiter.ts';
import type { Figures, ProbeName, TokensSpent } from './report.ts';
import type { Budget } from './token-budget.ts';

/** What all questions of a run share. */
export interface Line {
  chat: Chat;
  clock: Clock;
  random: Random;
  pace: Pace;
  budget: Budget;
  /** How often a question is put again after a failure that may pass by itself. */
  max_retries: number;
}

export interface QuestionOptions extends Pick<ChatOptions, 'onDelta'> {
  probe: ProbeName;
  /** The end of the run. */
  stop: AbortSignal;
  /** The end of the model's own time. */
  bound: Bound;
}

export interface Answered {
  answer: ChatAnswer;
  figures: Figures;
  tokens: TokensSpent;
  /** Failures that passed by themselves; a rate limit is none. */
  failures: number;
}

/**
 * Whoever is refused so many times because of a rate limit, although nobody was in the way, will
 * not get through. In the way is only who got through before.
 */
const MOST_REFUSALS = 5;
const PASSING_STATUSES = new Set<number | undefined>([500, 502, 503, 504]);
const PASSING_CODES = new Set(['connection_refused', 'connection_reset']);

/**
 * Puts one question: at the pace of the run, within its budget, and again after what may pass by
 * itself.
 * @throws OutOfTokens, and what `Chat` throws, after the last try
 */
export async function putQuestion(
  request: ChatRequest,
  line: Line,
  options: QuestionOptions,
): Promise<Answered> {
  const { clock, random, pace, max_retries } = line;
  const signal = AbortSignal.any([options.stop, options.bound.signal]);
  let refused = false;
  let refused_first = 0;
  for (let failures = 0; ;) {
    const first = await options.bound.exempt(pace.enter(signal, refused));
    try {
      const answered = await ask(request, line, options, signal);
      pace.leave(true);
      return { ...answered, failures };
    } catch (error) {
      if (error instanceof QuotaError && !error.permanent) {
        refused = true;
        if (first) refused_first += 1;
        if (!pace.refused() || refused_first === MOST_REFUSALS) throw error;
        continue;
      }
      pace.leave(false);
      if (!mayPass(error) || failures === max_retries) throw error;
      failures += 1;
      await clock.sleep(backoff(failures, random), signal);
    }
  }
}

async function ask(
  request: ChatRequest,
  { chat, clock, budget }: Line,
  { probe, bound, onDelta }: QuestionOptions,
  signal: AbortSignal,
): Promise<Omit<Answered, 'failures'>> {
  const prompt = estimate(JSON.stringify(request.messages.map(textOf)).length);
  const settle = await bound.exempt(budget.reserve(probe, prompt, signal));
  const start = clock.monotonic();
  try {
    const answer = await chat(request, { signal, onDelta });
    const figures = figuresOf(answer, clock.monotonic() - start);
    const tokens = tokensOf(answer, prompt);
    settle(answer.usage?.total_tokens ?? tokens.prompt_tokens + tokens.completion_tokens);
    return { answer, figures, tokens };
  } catch (error) {
    settle(isRefusal(error) ? 0 : undefined);
    throw error;
  }
}

/** A picture is not counted by the length of its encoding. */
function textOf({ content }: ChatRequest['messages'][number]): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** Whether the request was turned away, so that it cost nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError || error instanceof AuthError || error instanceof QuotaError;
}

function mayPass(error: unknown): boolean {
  if (error instanceof NetworkError) return PASSING_CODES.has(error.code);
  return error instanceof ApiError && PASSING_STATUSES.has(error.status);
}
