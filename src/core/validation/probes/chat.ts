import { promptMessages } from '../../chat/messages.ts';
import type { Draw } from '../draw.ts';
import { answeredNumber } from './numbers.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

/** Does the model answer a simple question correctly? */
export const chatProbe: Probe = {
  name: 'chat',
  short_requests: 2,
  async run({ modes, draw, send, judge, fail }) {
    const before = new Set<number>();
    for (const mode of modes) {
      const { operands, sum } = drawSum(draw);
      const question = `What is ${operands.join(' + ')}? Answer with the number in digits, then the word "${draw.word()}".`;
      const { answer } = await send({ messages: promptMessages(question) }, mode);
      const number = answeredNumber(answerText(answer), new Set(operands));
      const wrong = number === sum ? undefined : wrongAnswer(answer, question);
      if (wrong !== undefined && number !== undefined && before.has(number)) {
        fail('chat/fresh', `${wrong}; ${number} answers the question before, so a cache answered`);
      }
      judge('chat/right-answer', wrong);
      before.add(sum);
    }
  },
};

/**
 * Two numbers of three digits and their sum, which small models can work out too: only the first
 * digits carry. Each of the 1,088 sums is equally likely.
 */
export function drawSum({ integer }: Draw): { operands: [number, number]; sum: number } {
  let a = 0;
  let b = 0;
  for (const most of [18, 9, 9]) {
    const sum = integer(2, most);
    const digit = integer(Math.max(1, sum - 9), Math.min(9, sum - 1));
    a = a * 10 + digit;
    b = b * 10 + sum - digit;
  }
  return { operands: [a, b], sum: a + b };
}
