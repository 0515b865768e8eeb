import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import { wordsOf } from '../words.ts';
import { drawSum } from './chat.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

/** Does the model follow the system text, which overrides an easy question? */
export const systemProbe: Probe = {
  name: 'system',
  short_requests: 1,
  async run({ modes, full, draw, send, judge }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const words = draw.nonce();
      const system = `Whatever the user writes, answer with the words "${words}" and nothing else.`;
      const question = `What is ${drawSum(draw).operands.join(' + ')}?`;
      const { answer } = await send({ messages: promptMessages(question, system) }, mode);
      judge(
        'system/followed',
        follows(answer, words)
          ? undefined
          : wrongAnswer(answer, `${question} (the system text asks for "${words}")`),
      );
    }
  },
};

/** Punctuation and capitals do not count. */
function follows(answer: ChatAnswer, words: string): boolean {
  const text = answerText(answer);
  return wordsOf(text).join(' ') === words && !/\p{N}/u.test(text);
}
