import { endingOf } from '../../chat/finish-reason.ts';
import { promptMessages } from '../../chat/messages.ts';
import { type Probe, type Question, quoteAnswer, answerText } from './probe.ts';

/** The minimum that OpenAI's own reasoning models accept. */
const FEW_TOKENS = 16;
const STOP = '7';

/** Does an answer end before the stop text? */
export const stopProbe: Probe = {
  name: 'stop',
  short_requests: 1,
  async run({ modes, full, send, judge }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const { answer } = await send(count(9, { stop: [STOP] }), mode);
      const words = answerText(answer);
      const on = words.includes(STOP);
      judge('stop/ends', on ? `Continued after the stop text: ${quoteAnswer(words)}` : undefined);
      const short = !words.includes('6');
      judge(
        'stop/in-time',
        short ? `Ended before the stop text: ${quoteAnswer(words)}` : undefined,
      );
    }
  },
};

/** Does an answer end at `max_tokens`, and say so? */
export const maxTokensProbe: Probe = {
  name: 'max-tokens',
  short_requests: 1,
  async run({ modes, full, send, judge }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const { answer } = await send(count(400, { max_tokens: FEW_TOKENS }), mode);
      const ending = answer.finish_reason ?? '(none)';
      judge(
        'max-tokens/finish-reason',
        endingOf(answer.finish_reason) === 'cut_off'
          ? undefined
          : `Ended with the finish_reason ${ending}, not length, at max_tokens ${FEW_TOKENS}`,
      );
      const spent = answer.usage?.completion_tokens ?? 0;
      const over = spent > FEW_TOKENS;
      judge(
        'max-tokens/held',
        over ? `Wrote ${spent} tokens at max_tokens ${FEW_TOKENS}` : undefined,
      );
    }
  },
};

function count(last: number, parameters: Record<string, unknown>): Question {
  const question = `Count from 1 to ${last} in digits, separated by commas, and write nothing else.`;
  return { messages: promptMessages(question), parameters };
}
