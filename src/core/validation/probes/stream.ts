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
import {
  type Exchange,
  type Mode,
  type Probe,
  type ProbeContext,
  answerText,
  wrongAnswer,
} from './probe.ts';

/** Numbers of an answer. */
const LENGTH = 20;
/** Of a short answer, which takes less time where the time is that of writing. */
const SHORT = 2;
/** An answer that is complete within this many milliseconds may arrive in one read. */
const AT_ONCE = 100;
/** An answer may arrive in one read by chance, and another may be quick by chance. */
const TRIES = 3;

/** Does the answer arrive in pieces, and end correctly? `wire/usage` judges its usage. */
export const streamProbe: Probe = {
  name: 'stream',
  short_requests: 1,
  async run(context) {
    const { judge, warn } = context;
    let kept = true;
    for (let tries = 1; ; tries += 1) {
      const { question, answer, wire } = await ask(context, LENGTH, 'streamed');
      const { chunks, timings } = answer;
      const held = wire && timings.total >= AT_ONCE && msOfContent(wire) < NO_TIME;
      if (held && kept) kept = await isKeptBack(context, timings.total);
      if (held && tries < TRIES) continue;
      judgeStream(context, answer, question);
      const all = `All ${chunks} pieces arrived at once, after ${Math.round(timings.total)} ms`;
      const problem = inPieces(answer) ?? (held && kept ? all : undefined);
      if (held && problem === undefined && isUnclear(answer)) warn('stream/in-pieces', all);
      else judge('stream/in-pieces', problem);
      return;
    }
  },
};

async function ask({ draw, send }: ProbeContext, length: number, mode: Mode) {
  const question = drawCount(draw, length);
  return { question, ...(await send({ messages: promptMessages(question.text) }, mode)) };
}

/** Milliseconds in which no model writes that much. A large answer takes several reads. */
const NO_TIME = 20;
/** Milliseconds of a wait that may hide how long the writing takes. */
const LONG_WAIT = 1000;

/** Whether the time before the answer, of thinking too, says nothing of what was kept back. */
function isUnclear({ reasoning, timings, usage }: ChatAnswer): boolean {
  return timings.total >= LONG_WAIT || reasoning !== '' || (usage?.reasoning_tokens ?? 0) > 0;
}

/**
 * Whether an answer that arrived at once was kept back: then a short one, or the same as one document,
 * takes far less time. A busy server makes them all wait.
 */
async function isKeptBack(context: ProbeContext, total: number): Promise<boolean> {
  const longer = ({ answer: { timings } }: Exchange) => total > 2 * timings.total + AT_ONCE;
  if (longer(await ask(context, SHORT, 'streamed'))) return true;
  return context.modes.includes('whole') && longer(await ask(context, LENGTH, 'whole'));
}

/** Milliseconds between the reads from the network that completed the first and the last text, if any. */
function msOfContent(wire: WireExchange): number {
  const reads = wireEvents(wire).filter(({ json }) => hasText(json));
  if (reads.length === 0) return Infinity;
  const [first, last] = [reads.at(0), reads.at(-1)].map((one) => wire.chunks[one?.read ?? 0]);
  return (last?.at_ms ?? 0) - (first?.at_ms ?? 0);
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
