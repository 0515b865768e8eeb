import { promptMessages } from '../../chat/messages.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

/** The answer does not occur in the question, so that an echo does not pass. */
const QUESTION = 'What is 17 + 25? Answer with the number only.';
const OPERANDS = new Set([17, 25]);
const EXPECTED = 42;

/** Does the model answer a simple question correctly? */
export const chatProbe: Probe = {
  name: 'chat',
  short_requests: 2,
  async run({ modes, send, judge }) {
    for (const mode of modes) {
      const { answer } = await send({ messages: promptMessages(QUESTION) }, mode);
      const right = finalNumber(answerText(answer)) === EXPECTED;
      judge('chat/right-answer', right ? undefined : wrongAnswer(answer, QUESTION));
    }
  },
};

/** A whole number or decimal that is not part of a word: `42` in `**42**`, not in `v42` or `420`. */
const NUMBER = /(?<![a-z0-9.,])-?\d+(?:[.,]\d+)*(?![a-z0-9])/gi;

/** The last number that is not one of the question's own: `17 + 25 = 42`, `42 (17 + 25)`. */
function finalNumber(text: string): number | undefined {
  return [...text.matchAll(NUMBER)]
    .map(([digits]) => Number(digits.replaceAll(',', '')))
    .findLast((number) => !OPERANDS.has(Math.abs(number)));
}
