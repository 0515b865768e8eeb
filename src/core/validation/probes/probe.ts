import type { ChatAnswer, ChatOptions, ChatRequest } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import type { Random } from '../../ports.ts';
import type { ProbeName } from '../report.ts';

/** What a probe concludes from complete answers. Failed requests get their verdict from the run. */
export interface CheckResult {
  verdict: 'pass' | 'fail';
  /** Why it failed. */
  reason?: string;
}

/**
 * Sends one request within the limits of the run.
 * @throws OutOfTokens; the errors of the request: QuotaError, AuthError, ApiError, NetworkError,
 *   ProtocolError
 */
export type SendRequest = (
  request: ChatRequest,
  options?: Pick<ChatOptions, 'onDelta'>,
) => Promise<ChatAnswer>;

/** The model that a probe tests. */
export interface ProbeTarget {
  model: string;
  /** The length of the text in `long`, in tokens. */
  long_tokens: number;
  /** Varies the questions, so that a model cannot know an answer by heart. */
  random: Pick<Random, 'uniform'>;
}

/** Tests one ability of a model. */
export interface Probe {
  readonly name: ProbeName;
  run(target: ProbeTarget, send: SendRequest): Promise<CheckResult>;
}

/**
 * Enough for reasoning: with a few tokens a reasoning model refuses or sends an empty answer. Not more
 * than 2048, which is the maximum of the smaller vision models of DashScope.
 */
export const MAX_TOKENS = 2048;

/**
 * All requests are streamed: that gives the time to the first token, and several reasoning models
 * refuse any other request.
 */
export const STREAMED = { stream: true, parameters: { max_tokens: MAX_TOKENS } } as const;

/** The answer was right. */
export const PASS: CheckResult = { verdict: 'pass' };

/** The answer was wrong; `reason` says how, in a clause for the report. */
export function fail(reason: string): CheckResult {
  return { verdict: 'fail', reason };
}

/** The text of an answer without reasoning in `<think>` tags. */
export function answerText({ content }: ChatAnswer): string {
  return withoutThinking(content).trim();
}

/**
 * A chat template that opens the block itself leaves only the closing tag in the answer; a block
 * that is never closed holds no answer.
 */
function withoutThinking(content: string): string {
  const end = content.lastIndexOf('</think>');
  const rest = end === -1 ? content : content.slice(end + '</think>'.length);
  const open = rest.indexOf('<think>');
  return open === -1 ? rest : rest.slice(0, open);
}

/** Why an answer is wrong: it is empty, cut off, or says something else. */
export function wrongAnswer(answer: ChatAnswer, question: string): CheckResult {
  const words = answerText(answer);
  if (endingOf(answer.finish_reason) === 'cut_off') {
    return fail(`Gave no answer within ${MAX_TOKENS} tokens`);
  }
  if (words === '') return fail(`Sent an empty answer to: ${question}`);
  return fail(`Answered ${quoteAnswer(words)} to: ${question}`);
}

/** At most 60 characters of a text, as a JSON string. */
export function quoteAnswer(text: string): string {
  // Two code units make at most one character.
  const characters = Array.from(text.slice(0, 2 * QUOTED + 2));
  return JSON.stringify(
    characters.length > QUOTED ? `${characters.slice(0, QUOTED).join('')}…` : text,
  );
}

const QUOTED = 60;
