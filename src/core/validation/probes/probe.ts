import type { ChatAnswer, ChatRequest } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import type { ApiPath } from '../../qwen/api-url.ts';
import type { Checks } from '../checks.ts';
import { type Dialect, MAX_TOKENS } from '../dialect.ts';
import type { Draw } from '../draw.ts';
import type { OwnProbe } from '../own-probe.ts';
import { isRefused } from '../refused-field.ts';
import type { ProbeName } from '../report.ts';
import type { Provocation } from '../provocation.ts';
import type { WireExchange } from '../wire.ts';

export { MAX_TOKENS } from '../dialect.ts';

/** How an answer is asked for: as an event stream, or whole as one JSON document. */
export type Mode = 'streamed' | 'whole';

/** One question: what a probe says about the body of a request. */
export interface Question {
  messages: ChatRequest['messages'];
  /** Further fields of the body. `max_tokens` is {@link MAX_TOKENS} without one. */
  parameters?: Readonly<Record<string, unknown>>;
}

/** An answer: what the client made of it, and what went over the network. */
export interface Exchange {
  mode: Mode;
  answer: ChatAnswer;
  /** Undefined where nothing was recorded: in tests without a network. */
  wire: WireExchange | undefined;
}

/** The model that a probe tests. */
export interface ProbeTarget {
  model: string;
  /** The length of the text in `long`, in tokens. */
  long_tokens: number;
  /** The context window in tokens, as far as the endpoint or the catalogue says. */
  window: number | undefined;
  /** How it is asked. */
  dialect: Dialect;
  /** The questions of the probe `own`. */
  own: readonly OwnProbe[];
}

/** What one attempt of a probe works with. What its checks find is recorded. */
export interface ProbeContext extends Checks {
  target: ProbeTarget;
  /** False in the short run, which asks as little as possible. */
  full: boolean;
  /** How to ask: both modes, or only streamed for a model that refuses any other request. */
  modes: readonly Mode[];
  /** Draws the question, so that a model cannot know an answer by heart. */
  draw: Draw;
  /**
   * Sends one request within the limits of the run.
   * @throws OutOfTokens; the errors of the request: QuotaError, AuthError, ApiError, NetworkError,
   *   ProtocolError
   */
  send(question: Question, mode: Mode): Promise<Exchange>;
  /**
   * Posts a body that is no question to another path of the API.
   * @returns the JSON of the answer; undefined if it is none
   * @throws the errors of {@link send}
   */
  post(path: ApiPath, body: Readonly<Record<string, unknown>>): Promise<unknown>;
  /**
   * Sends a request that the server has to refuse.
   * @returns what came; undefined if nothing could be spoilt
   * @throws the errors of {@link send}, but for a refusal
   */
  provoke(provocation: Provocation): Promise<WireExchange | undefined>;
}

/** Tests one ability of a model. */
export interface Probe {
  readonly name: ProbeName;
  /** Requests of the short run. */
  readonly short_requests: number;
  /** Records its checks in the context. A probe without a check that did not pass has passed. */
  run(context: ProbeContext): Promise<void>;
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
export function wrongAnswer(answer: ChatAnswer, question: string): string {
  const words = answerText(answer);
  if (endingOf(answer.finish_reason) === 'cut_off') {
    return `Gave no answer within ${MAX_TOKENS} tokens`;
  }
  if (words === '') return `Sent an empty answer to: ${question}`;
  return `Answered ${quoteAnswer(words)} to: ${question}`;
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

/** The answer; undefined if the service refused the request, after `refused` was told why. */
export async function unlessRefused(
  sent: Promise<Exchange>,
  refused: (reason: string) => void,
): Promise<Exchange | undefined> {
  try {
    return await sent;
  } catch (error) {
    if (!isRefused(error)) throw error;
    refused(error.message);
    return undefined;
  }
}
