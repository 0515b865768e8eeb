import { promptMessages } from '../../chat/messages.ts';
import { PASS, type Probe, answerText, STREAMED, wrongAnswer } from './probe.ts';

const WORD = 'zanzibar';
const SYSTEM = `Whatever the user writes, answer with the word "${WORD}" and nothing else.`;
/** A question with an obvious answer, which the system text has to override. */
const QUESTION = 'What is the capital of France?';

/** Does the model follow the system text? */
export const systemProbe: Probe = {
  name: 'system',
  async run({ model }, send) {
    const answer = await send({ ...STREAMED, model, messages: promptMessages(QUESTION, SYSTEM) });
    const word = answerText(answer)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    return word === WORD ? PASS : wrongAnswer(answer, `${QUESTION} (and was to say ${WORD})`);
  },
};
