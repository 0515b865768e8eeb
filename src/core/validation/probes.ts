import type { ChatAnswer, ChatRequest } from '../chat/answer.ts';
import { promptMessages } from '../chat/messages.ts';

/** What a probe concludes from answers that did arrive; errors are judged by the run. */
interface Finding {
  verdict: 'pass' | 'fail';
  /** Why it is a fail. */
  reason?: string;
}

/** Sends one request, within the bounds of the run. */
type Ask = (request: ChatRequest) => Promise<ChatAnswer>;

/** One ability of a model, put to the test. */
export interface Probe {
  readonly name: string;
  run(model: string, ask: Ask): Promise<Finding>;
}

/** The answer does not occur in the question: an echo is no pass. */
const QUESTION = 'What is 17 + 25? Answer with the number only.';
const OPERANDS = new Set([17, 25]);
const EXPECTED = 42;

/**
 * Room to think: a reasoning model that is given a few tokens refuses or says nothing. Not more,
 * because 2048 is all that the smaller vision models of DashScope accept.
 */
const MAX_TOKENS = 2048;

/**
 * Does it answer, and does it make sense? Streamed, because that gives the time to the first
 * token and because several reasoning models refuse any other request.
 */
export const chatProbe: Probe = {
  name: 'chat',
  async run(model, ask) {
    const answer = await ask({
      model,
      messages: promptMessages(QUESTION),
      stream: true,
      parameters: { max_tokens: MAX_TOKENS },
    });
    return judge(answer);
  },
};

function judge(answer: ChatAnswer): Finding {
  const said = withoutThinking(answer.content).trim();
  if (finalNumber(said) === EXPECTED) return { verdict: 'pass' };
  if (answer.finish_reason === 'length') {
    return { verdict: 'fail', reason: `Gave no answer within ${MAX_TOKENS} tokens` };
  }
  if (said === '') return { verdict: 'fail', reason: `Sent an empty answer to: ${QUESTION}` };
  return { verdict: 'fail', reason: `Answered ${quote(said)} to: ${QUESTION}` };
}

/**
 * Drops what a model thinks aloud inside its answer. A chat template that opens the block itself
 * leaves only the closing tag in the answer; a block that is never closed holds no answer.
 */
function withoutThinking(content: string): string {
  const end = content.lastIndexOf('</think>');
  const said = end === -1 ? content : content.slice(end + '</think>'.length);
  const open = said.indexOf('<think>');
  return open === -1 ? said : said.slice(0, open);
}

/** A whole number or decimal that is not part of a word: `42` in `**42**`, not in `v42` or `420`. */
const NUMBER = /(?<![a-z0-9.,])-?\d+(?:[.,]\d+)*(?![a-z0-9])/gi;

/** The last number that is not one of the question's own: `17 + 25 = 42`, `42 (17 + 25)`. */
function finalNumber(text: string): number | undefined {
  return [...text.matchAll(NUMBER)]
    .map(([digits]) => Number(digits.replaceAll(',', '')))
    .findLast((number) => !OPERANDS.has(Math.abs(number)));
}

function quote(text: string): string {
  const characters = [...text];
  return JSON.stringify(characters.length > 60 ? `${characters.slice(0, 60).join('')}…` : text);
}
