import type { ChatAnswer, ChatOptions, ChatRequest } from '../../chat/answer.ts';
import type { Random } from '../../ports.ts';
import type { ProbeName } from '../report.ts';

/** What a probe concludes from answers that did arrive; errors are judged by the run. */
export interface Finding {
  verdict: 'pass' | 'fail';
  /** Why it is a fail. */
  reason?: string;
}

/**
 * Sends one request, within the bounds of the run.
 * @throws what `Chat` throws
 */
export type Ask = (
  request: ChatRequest,
  options?: Pick<ChatOptions, 'onDelta'>,
) => Promise<ChatAnswer>;

/** Who is put to the test. */
export interface Subject {
  model: string;
  /** The length of the text that `long` looks through, in tokens. */
  long_tokens: number;
  /** So that no answer can be known by heart. */
  random: Pick<Random, 'uniform'>;
}

/** One ability of a model, put to the test. */
export interface Probe {
  readonly name: ProbeName;
  run(subject: Subject, ask: Ask): Promise<Finding>;
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

export const PASS: Finding = { verdict: 'pass' };

export function fail(reason: string): Finding {
  return { verdict: 'fail', reason };
}
