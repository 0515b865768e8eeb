import type { ChatAnswer, ChatOptions, ChatRequest } from '../../chat/answer.ts';
import type { Random } from '../../ports.ts';
import type { ProbeName } from '../report.ts';

/** What a probe concludes from answers that did arrive; errors are judged by the run. */
export interface CheckResult {
  verdict: 'pass' | 'fail';
  /** Why it is a fail. */
  reason?: string;
}

/**
 * Sends one request, within the bounds of the run.
 * @throws what `Chat` throws
 */
export type SendRequest = (
  request: ChatRequest,
  options?: Pick<ChatOptions, 'onDelta'>,
) => Promise<ChatAnswer>;

/** Who is put to the test. */
export interface ProbeTarget {
  model: string;
  /** The length of the text that `long` looks through, in tokens. */
  long_tokens: number;
  /** So that no answer can be known by heart. */
  random: Pick<Random, 'uniform'>;
}

/** One ability of a model, put to the test. */
export interface Probe {
  readonly name: ProbeName;
  run(subject: ProbeTarget, send: SendRequest): Promise<CheckResult>;
}

/**
 * Room to think: a reasoning model that is given a few tokens refuses or says nothing. Not more,
 * because 2048 is all that the smaller vision models of DashScope accept.
 */
export const MAX_TOKENS = 2048;

/**
 * All requests are streamed: that gives the time to the first token, and several reasoning models
 * refuse any other request.
 */
export const STREAMED = { stream: true, parameters: { max_tokens: MAX_TOKENS } } as const;

export const PASS: CheckResult = { verdict: 'pass' };

export function fail(reason: string): CheckResult {
  return { verdict: 'fail', reason };
}

/** The answer itself, without what the model thought aloud inside it. */
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

/** Why an answer does not do: it is empty, was cut off, or says something else. */
export function wrongAnswer(answer: ChatAnswer, question: string): CheckResult {
  const words = answerText(answer);
  if (answer.finish_reason === 'length') {
    return fail(`Gave no answer within ${MAX_TOKENS} tokens`);
  }
  if (words === '') return fail(`Sent an empty answer to: ${question}`);
  return fail(`Answered ${quote(words)} to: ${question}`);
}

export function quote(text: string): string {
  // Two code units make at most one character.
  const characters = Array.from(text.slice(0, 2 * QUOTED + 2));
  return JSON.stringify(
    characters.length > QUOTED ? `${characters.slice(0, QUOTED).join('')}…` : text,
  );
}

const QUOTED = 60;
