import type { ChatAnswer } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import { promptMessages } from '../../chat/messages.ts';
import type { Checks } from '../checks.ts';
import { COUNTS_ANOTHER, countedIn, countsAnother, drawCount } from './count.ts';
import { type Probe, quoteAnswer, answerText } from './probe.ts';

/** The minimum that OpenAI's own reasoning models accept. */
const FEW_TOKENS = 16;

/** Does an answer end before the stop text? */
export const stopProbe: Probe = {
  name: 'stop',
  short_requests: 1,
  async run({ modes, full, draw, send, ...checks }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const question = drawCount(draw, 9);
      const stop = question.from + draw.integer(4, 6);
      const messages = promptMessages(question.text);
      const { answer } = await send({ messages, parameters: { stop: [String(stop)] } }, mode);
      if (countsAnother(answerText(answer), question)) {
        checks.fail('stop/fresh', COUNTS_ANOTHER);
      } else {
        judgeStop(checks, answer, countedIn(answerText(answer), question), stop);
      }
    }
  },
};

function judgeStop(
  { judge, warn }: Checks,
  answer: ChatAnswer,
  counted: readonly number[],
  stop: number,
): void {
  const text = answerText(answer);
  const shown = text === '' ? 'with an empty answer' : `after ${quoteAnswer(text)}`;
  const on = counted.includes(stop);
  judge(
    'stop/ends',
    on ? `Continued after the stop text ${stop}: ${quoteAnswer(text)}` : undefined,
  );
  const thinking =
    answer.reasoning.includes(String(stop - 1)) || answer.content.includes('<think>');
  if (text === '' && thinking) {
    warn('stop/in-time', `The stop text ${stop} ended the reasoning, before the answer began`);
    return;
  }
  const early = !on && !counted.includes(stop - 1);
  judge('stop/in-time', early ? `Ended before the stop text ${stop}, ${shown}` : undefined);
}

/** Does an answer end at `max_tokens`, and say so? */
export const maxTokensProbe: Probe = {
  name: 'max-tokens',
  short_requests: 1,
  async run({ modes, full, draw, send, judge, fail }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const question = drawCount(draw, 400);
      const messages = promptMessages(question.text);
      const { answer } = await send({ messages, parameters: { max_tokens: FEW_TOKENS } }, mode);
      if (countsAnother(answerText(answer), question)) {
        fail('max-tokens/fresh', COUNTS_ANOTHER);
        continue;
      }
      const ending = answer.finish_reason ?? '(none)';
      judge(
        'max-tokens/finish-reason',
        endingOf(answer.finish_reason) === 'cut_off'
          ? undefined
          : `Ended with the finish_reason ${ending}, not length, at max_tokens ${FEW_TOKENS}`,
      );
      const spent = spentBy(answer, countedIn(answerText(answer), question));
      const over = spent > FEW_TOKENS;
      judge(
        'max-tokens/held',
        over ? `Wrote ${spent} tokens at max_tokens ${FEW_TOKENS}` : undefined,
      );
    }
  },
};

/** As the server says, but each number is at least one token, and so is what separates two. */
function spentBy({ usage }: ChatAnswer, counted: readonly number[]): number {
  return Math.max(usage?.completion_tokens ?? 0, 2 * counted.length - 1);
}
