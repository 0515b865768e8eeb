import { endingOf } from '../../chat/finish-reason.ts';
import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import {
  type SendRequest,
  fail,
  PASS,
  type Probe,
  quoteAnswer,
  answerText,
  STREAMED,
} from './probe.ts';

/** The minimum that OpenAI's own reasoning models accept. */
const FEW_TOKENS = 16;
const STOP = '7';

/** Does an answer end before the stop text? */
export const stopProbe: Probe = {
  name: 'stop',
  async run({ model }, send) {
    const answer = await count(send, model, 9, { stop: [STOP] });
    const words = answerText(answer);
    if (words.includes(STOP)) return fail(`Continued after the stop text: ${quoteAnswer(words)}`);
    return words.includes('6') ? PASS : fail(`Ended before the stop text: ${quoteAnswer(words)}`);
  },
};

/** Does an answer end at `max_tokens`, and say so? */
export const maxTokensProbe: Probe = {
  name: 'max-tokens',
  async run({ model }, send) {
    const answer = await count(send, model, 400, { max_tokens: FEW_TOKENS });
    const spent = answer.usage?.completion_tokens ?? 0;
    if (endingOf(answer.finish_reason) !== 'cut_off') {
      return fail(
        `Ended with the finish_reason ${answer.finish_reason ?? '(none)'}, not length, at max_tokens ${FEW_TOKENS}`,
      );
    }
    return spent > FEW_TOKENS ? fail(`Wrote ${spent} tokens at max_tokens ${FEW_TOKENS}`) : PASS;
  },
};

function count(
  send: SendRequest,
  model: string,
  last: number,
  parameters: Record<string, unknown>,
): Promise<ChatAnswer> {
  const question = `Count from 1 to ${last} in digits, separated by commas, and write nothing else.`;
  return send({
    ...STREAMED,
    model,
    messages: promptMessages(question),
    parameters: { ...STREAMED.parameters, ...parameters },
  });
}
