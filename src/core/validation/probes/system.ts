import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import type { WireExchange } from '../wire.ts';
import { wordsOf } from '../words.ts';
import { drawSum } from './chat.ts';
import { type Probe, answerText, wrongAnswer } from './probe.ts';

/** Does the model follow the system text, which overrides an easy question? */
export const systemProbe: Probe = {
  name: 'system',
  short_requests: 1,
  async run({ target, modes, full, draw, send, judge }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      const words = draw.nonce();
      const system = `Whatever the user writes, answer with the words "${words}" and nothing else.`;
      const question = `What is ${drawSum(draw).operands.join(' + ')}?`;
      const { answer, wire } = await send({ messages: promptMessages(question, system) }, mode);
      const followed = follows(answer, words);
      // A server without the role got it as a part of the question; `system/role` says so.
      if (!followed && target.dialect.system_role === undefined && !hasSystem(wire)) continue;
      const wrong = `${question} (the system text asks for "${words}")`;
      judge('system/followed', followed ? undefined : wrongAnswer(answer, wrong));
    }
  },
};

function hasSystem(wire: WireExchange | undefined): boolean {
  const body = wire?.request.body;
  return typeof body !== 'string' || /"role":\s*"system"/.test(body);
}

/** Punctuation and capitals do not count. */
function follows(answer: ChatAnswer, words: string): boolean {
  const text = answerText(answer);
  return wordsOf(text).join(' ') === words && !/\p{N}/u.test(text);
}
