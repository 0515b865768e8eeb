import type { ChatAnswer } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import { promptMessages } from '../../chat/messages.ts';
import { isFields } from '../../json.ts';
import { wireEvents, type WireExchange } from '../wire.ts';
import {
  COUNTS_ANOTHER,
  countedIn,
  type CountQuestion,
  countsAnother,
  drawCount,
} from './count.ts';
import { type Probe, type ProbeContext, answerText, wrongAnswer } from './probe.ts';

/** Numbers of an answer. */
const LENGTH = 20;
/** An answer that is complete within this many milliseconds may arrive in one read. */
const AT_ONCE = 100;
/** An answer may arrive in one read by chance; the probe fails after this many in a row. */
const TRIES = 3;

/** Does the answer arrive in pieces, and end correctly? `wire/usage` judges its usage. */
export const streamProbe: Probe = {
  name: 'stream',
  short_requests: 1,
  async run(context) {
    for (let tries = 1; ; tries += 1) {
      const question = drawCount(context.draw, LENGTH);
      const messages = promptMessages(question.text);
      const { answer, wire } = await context.send({ messages }, 'streamed');
      const held = wire && readsWithContent(wire) === 1 && answer.timings.total >= AT_ONCE;
      if (!held || tries === TRIES) {
        judgeStream(context, answer, question);
        const { chunks, timings } = answer;
        const all = `All ${chunks} pieces arrived at once, after ${Math.round(timings.total)} ms`;
        context.judge('stream/in-pieces', inPieces(answer) ?? (held ? all : undefined));
        return;
      }
    }
  },
};

/** The reads from the network that completed an event with text. */
function readsWithContent(wire: WireExchange): number {
  const reads = wireEvents(wire).filter(({ json }) => hasText(json));
  return new Set(reads.map(({ read }) => read)).size;
}

function hasText(chunk: unknown): boolean {
  const choices = isFields(chunk) && Array.isArray(chunk.choices) ? chunk.choices : [];
  return choices.some((choice: unknown) => {
    const delta = isFields(choice) && isFields(choice.delta) ? choice.delta : {};
    return Object.entries(delta).some(([name, text]) => name !== 'role' && text && text !== '');
  });
}

function inPieces({ streamed, chunks }: ChatAnswer): string | undefined {
  if (!streamed) return 'Sent the whole answer as JSON when it was asked for a stream';
  return chunks === 1 ? 'Sent the whole answer in one piece' : undefined;
}

function judgeStream(
  { judge, fail }: ProbeContext,
  answer: ChatAnswer,
  question: CountQuestion,
): void {
  if (countsAnother(answerText(answer), question)) fail('stream/fresh', COUNTS_ANOTHER);
  const right = countsAll(answerText(answer), question);
  judge('stream/right-answer', right ? undefined : wrongAnswer(answer, question.text));
  judge(
    'stream/finish-reason',
    answer.finish_reason !== undefined && endingOf(answer.finish_reason) === 'complete'
      ? undefined
      : `Ended with the finish_reason ${answer.finish_reason ?? '(none)'}, not stop`,
  );
}

function countsAll(text: string, question: CountQuestion): boolean {
  const numbers = countedIn(text, question);
  const right = numbers.every((number, index) => number === question.from + index);
  return right && numbers.length === LENGTH;
}
