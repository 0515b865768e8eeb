import { canPass, reportedError } from '../api/refusal.ts';
import type { ApiRequest } from '../api/request.ts';
import { wireErrorOf } from '../api/wire-error.ts';
import type { Chat, ChatAnswer, ChatRequest } from '../chat/answer.ts';
import { ApiError, AuthError, NetworkError, QuotaError } from '../errors.ts';
import { readText } from '../http/body.ts';
import type { Send } from '../http/message.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import type { ApiPath } from '../qwen/api-url.ts';
import type { Clock, Random } from '../ports.ts';
import type { Deadline } from './cancellation.ts';
import { type Dialect, withDialectHeaders } from './dialect.ts';
import { costOf, estimate, figuresOf, tokensOf } from './figures.ts';
import { backoffDelay, type RateLimiter } from './rate-limiter.ts';
import type { Figures, ProbeName, TokensSpent } from './report.ts';
import type { TokenBudget } from './token-budget.ts';
import { createWireRecorder, type WireExchange, type WireRecorder } from './wire.ts';

/** What all requests of a validation run share. */
export interface RunContext {
  /** Creates the chat client of one request, whose transport `wrap` has wrapped. */
  connect: (wrap: (send: Send) => Send) => Chat;
  /** Creates what sends one request that is no question. */
  requests: (wrap: (send: Send) => Send) => ApiRequest;
  clock: Clock;
  random: Random;
  limiter: RateLimiter;
  /**
   * A worker of `--concurrency` for which no model is left, undefined if there is none. The function
   * returned gives it back.
   */
  spareWorker: () => (() => void) | undefined;
  budget: TokenBudget;
  /** How often a request is repeated after a transient failure. */
  max_retries: number;
}

/** Which probe sends the request, and what ends it. */
export interface ProbeRequestOptions {
  probe: ProbeName;
  /** Aborted when the run ends. */
  cancellation: AbortSignal;
  /** The time that the model has for all its probes. */
  deadline: Deadline;
  /** Further headers, see `Dialect`. */
  headers?: Dialect['headers'];
}

/** What was measured of one request. */
export interface Measured {
  /** Undefined if the client sent nothing through its transport. */
  wire: WireExchange | undefined;
  figures: Figures;
  tokens: TokensSpent;
  /** Failed attempts before this answer, rate limits not counted. */
  failures: number;
}

/** A complete answer of a chat model. */
export interface MeasuredAnswer extends Measured {
  answer: ChatAnswer;
}

/** The answer to a request that is no question. */
export interface MeasuredDocument extends Measured {
  /** Undefined if the body is no JSON. */
  document: unknown;
}

/** Give up after this many 429s that each came with no other request in flight. */
const MAX_REJECTIONS = 5;

/**
 * Sends one request within the rate limit and the token budget of the run, and repeats it after a
 * rate limit or a transient failure.
 * @throws OutOfTokens when the budget does not suffice; the reason of an aborted signal; after the
 *   last attempt the error of the request: QuotaError, AuthError, ApiError, NetworkError or ProtocolError
 */
export function sendProbeRequest(
  request: ChatRequest,
  run: RunContext,
  options: ProbeRequestOptions,
): Promise<MeasuredAnswer> {
  return patiently(run, options, (signal) => sendOnce(request, run, options, signal));
}

/** For a body that is no question. @throws the errors of {@link sendProbeRequest} */
export function postProbeRequest(
  path: ApiPath,
  body: Readonly<Record<string, unknown>>,
  run: RunContext,
  options: ProbeRequestOptions,
): Promise<MeasuredDocument> {
  return patiently(run, options, (signal) => postOnce(path, body, run, options, signal));
}

/**
 * Sends within the rate limit of the run, and again after a transient failure.
 * @throws the errors of {@link sendProbeRequest}
 */
export async function patiently<Answer extends object>(
  run: RunContext,
  options: ProbeRequestOptions,
  once: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer & Pick<Measured, 'failures'>> {
  const { clock, random, limiter, max_retries } = run;
  const signal = AbortSignal.any([options.cancellation, options.deadline.signal]);
  let rejected = false;
  let rejected_alone = 0;
  for (let failures = 0; ;) {
    const alone = await options.deadline.pauseFor(limiter.acquire(signal, rejected));
    try {
      const answered = await once(signal);
      limiter.release(true);
      return { ...answered, failures };
    } catch (error) {
      if (error instanceof QuotaError && !error.permanent) {
        rejected = true;
        if (alone) rejected_alone += 1;
        if (!limiter.rejected() || rejected_alone === MAX_REJECTIONS) throw error;
        continue;
      }
      limiter.release(false);
      if (!isTransient(error) || failures === max_retries) throw error;
      failures += 1;
      await clock.sleep(backoffDelay(failures, random), signal);
    }
  }
}

async function sendOnce(
  request: ChatRequest,
  run: RunContext,
  { probe, deadline, headers }: ProbeRequestOptions,
  signal: AbortSignal,
): Promise<Omit<MeasuredAnswer, 'failures'>> {
  const { clock, budget } = run;
  const prompt = estimate(JSON.stringify(request.messages.map(textOf)).length);
  const recordTokens = await deadline.pauseFor(budget.reserve(probe, prompt, signal));
  const recorder = createWireRecorder(clock);
  const chat = run.connect(wrapperOf(recorder, run, headers));
  const start = clock.monotonic();
  let first_token: number | undefined;
  const onDelta = () => {
    first_token ??= clock.monotonic() - start;
  };
  try {
    const answer = await chat(request, { signal, onDelta });
    const figures = figuresOf(answer, clock.monotonic() - start, first_token);
    const tokens = tokensOf(answer, prompt);
    recordTokens(costOf(answer, tokens));
    return { answer, wire: recorder.exchange(), figures, tokens };
  } catch (error) {
    recordTokens(isRefusal(error) ? 0 : undefined);
    throw error;
  }
}

async function postOnce(
  path: ApiPath,
  body: Readonly<Record<string, unknown>>,
  run: RunContext,
  { probe, deadline, headers }: ProbeRequestOptions,
  signal: AbortSignal,
): Promise<Omit<MeasuredDocument, 'failures'>> {
  const { clock, budget } = run;
  const prompt = estimate(JSON.stringify(body).length);
  const recordTokens = await deadline.pauseFor(budget.reserve(probe, prompt, signal));
  const recorder = createWireRecorder(clock);
  const start = clock.monotonic();
  try {
    const request = run.requests(wrapperOf(recorder, run, headers));
    const { response, context } = await request({ method: 'POST', path, body, signal });
    const document = jsonOrUndefined(await readText(response));
    const error = wireErrorOf(document);
    if (error) throw reportedError(error, response, context);
    const latency_ms = Math.round(clock.monotonic() - start);
    const said = isFields(document) && isFields(document.usage) ? document.usage.prompt_tokens : 0;
    const prompt_tokens = typeof said === 'number' && said > 0 ? said : prompt;
    recordTokens(prompt_tokens);
    return {
      document,
      wire: recorder.exchange(),
      figures: { latency_ms, first_token_ms: undefined, tokens_per_second: undefined },
      tokens: { prompt_tokens, completion_tokens: 0 },
    };
  } catch (error) {
    recordTokens(isRefusal(error) ? 0 : undefined);
    throw error;
  }
}

function wrapperOf(
  recorder: WireRecorder,
  { limiter }: RunContext,
  headers: Dialect['headers'],
): (send: Send) => Send {
  return (send) => {
    const observed = recorder.wrap(limiter.observe(send));
    return (http) => observed(withDialectHeaders(http, headers));
  };
}

/** The text of a message; the length of an encoded picture says nothing about its tokens. */
function textOf({ content }: ChatRequest['messages'][number]): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** Whether the server refused the request, so that it cost no tokens. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError || error instanceof AuthError || error instanceof QuotaError;
}

/** Whether the failure is transient, so that a retry may succeed. */
function isTransient(error: unknown): boolean {
  return (error instanceof NetworkError || error instanceof ApiError) && canPass(error);
}
