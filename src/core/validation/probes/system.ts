import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

const WORD = 'zanzibar';
const SYSTEM = `Whatever the user writes, answer with the word "${WORD}" and nothing else.`;
/** A question with an obvious answer, which the system text has to override. */
const QUESTION = 'What is the capital of France?';

/** Does the model follow the system text? */
export const systemProbe: Probe = {
  name: 'system',
  short_requests: 1,
  async run({ modes, full, send, judge }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const { answer } = await send({ messages: promptMessages(QUESTION, SYSTEM) }, mode);
      judge('system/followed', problemOf(answer));
    }
  },
};

function problemOf(answer: ChatAnswer): string | undefined {
  const word = answerText(answer)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return word === WORD ? undefined : wrongAnswer(answer, `${QUESTION} (and was to say ${WORD})`);
}
