import type { Chat, ChatAnswer, ChatOptions, ChatRequest } from '../chat/answer.ts';
import { ApiError, AuthError, NetworkError, QuotaError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import type { Deadline } from './cancellation.ts';
import { estimate, figuresOf, tokensOf } from './figures.ts';
import { backoff, type RateLimiter } from './rate-limiter.ts';
import type { Figures, ProbeName, TokensSpent } from './report.ts';
import type { TokenBudget } from './token-budget.ts';

/** What all questions of a run share. */
export interface RunContext {
  chat: Chat;
  clock: Clock;
  random: Random;
  limiter: RateLimiter;
  budget: TokenBudget;
  /** How often a question is put again after a failure that may pass by itself. */
  max_retries: number;
}

export interface ProbeRequestOptions extends Pick<ChatOptions, 'onDelta'> {
  probe: ProbeName;
  /** The end of the run. */
  cancellation: AbortSignal;
  /** The end of the model's own time. */
  deadline: Deadline;
}

export interface MeasuredAnswer {
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
export async function sendProbeRequest(
  request: ChatRequest,
  run: RunContext,
  options: ProbeRequestOptions,
): Promise<MeasuredAnswer> {
  const { clock, random, limiter, max_retries } = run;
  const signal = AbortSignal.any([options.cancellation, options.deadline.signal]);
  let refused = false;
  let refused_first = 0;
  for (let failures = 0; ;) {
    const first = await options.deadline.exempt(limiter.enter(signal, refused));
    try {
      const answered = await ask(request, run, options, signal);
      limiter.leave(true);
      return { ...answered, failures };
    } catch (error) {
      if (error instanceof QuotaError && !error.permanent) {
        refused = true;
        if (first) refused_first += 1;
        if (!limiter.refused() || refused_first === MOST_REFUSALS) throw error;
        continue;
      }
      limiter.leave(false);
      if (!mayPass(error) || failures === max_retries) throw error;
      failures += 1;
      await clock.sleep(backoff(failures, random), signal);
    }
  }
}

async function ask(
  request: ChatRequest,
  { chat, clock, budget }: RunContext,
  { probe, deadline, onDelta }: ProbeRequestOptions,
  signal: AbortSignal,
): Promise<Omit<MeasuredAnswer, 'failures'>> {
  const prompt = estimate(JSON.stringify(request.messages.map(textOf)).length);
  const settle = await deadline.exempt(budget.reserve(probe, prompt, signal));
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
