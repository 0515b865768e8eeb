import type { ChatAnswer } from '../../chat/answer.ts';
import { fail, type Finding, MAX_TOKENS } from './probe.ts';

/** The answer itself, without what the model thought aloud inside it. */
export function said({ content }: ChatAnswer): string {
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
export function wrong(answer: ChatAnswer, question: string): Finding {
  const words = said(answer);
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
