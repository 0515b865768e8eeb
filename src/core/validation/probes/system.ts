import { promptMessages } from '../../chat/messages.ts';
import { PASS, type Probe, said, STREAMED, wrong } from './probe.ts';

const WORD = 'zanzibar';
const SYSTEM = `Whatever the user writes, answer with the word "${WORD}" and nothing else.`;
/** It has an obvious answer of its own: the system text has to win. */
const QUESTION = 'What is the capital of France?';

/** Is the system text obeyed? */
export const systemProbe: Probe = {
  name: 'system',
  async run({ model }, ask) {
    const answer = await ask({ ...STREAMED, model, messages: promptMessages(QUESTION, SYSTEM) });
    const word = said(answer)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    return word === WORD ? PASS : wrong(answer, `${QUESTION} (and was to say ${WORD})`);
  },
};
