import { endingOf } from '../../chat/finish-reason.ts';
import type { ChatAnswer } from '../../chat/answer.ts';
import { ApiError } from '../../errors.ts';
import { judgeAnswer, type OwnProbe, ownMessages } from '../own-probe.ts';
import { type Probe, answerText, quoteAnswer } from './probe.ts';

/** Are the answers to the questions of the models file what it expects? */
export const ownProbe: Probe = {
  name: 'own',
  // The user asked for each of them.
  short_requests: 0,
  async run({ target, full, modes, send, judge, unsupported }) {
    for (const question of target.own) {
      const check = `own/${question.name}`;
      const messages = ownMessages(question);
      for (const mode of full ? modes : modes.slice(0, 1)) {
        try {
          const { answer } = await send({ messages }, mode);
          judge(check, await problemOf(answer, question));
        } catch (error) {
          // The other questions may suit the server.
          if (!(error instanceof ApiError) || error.code !== 'bad_request') throw error;
          unsupported(check, error.message);
        }
      }
    }
  },
};

async function problemOf(answer: ChatAnswer, { expected }: OwnProbe): Promise<string | undefined> {
  const text = answerText(answer);
  const wrong = await judgeAnswer(text, expected);
  if (wrong === undefined) return undefined;
  const cut =
    endingOf(answer.finish_reason) === 'cut_off' ? ' (cut off at its limit of tokens)' : '';
  return `Answered ${quoteAnswer(text)}${cut}, ${wrong}`;
}
