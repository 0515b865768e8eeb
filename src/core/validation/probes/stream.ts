import type { ChatAnswer, Usage } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import { promptMessages } from '../../chat/messages.ts';
import {
  type SendRequest,
  fail,
  type CheckResult,
  PASS,
  type Probe,
  answerText,
  STREAMED,
  wrongAnswer,
} from './probe.ts';

const LAST = 30;
const QUESTION = `Count from 1 to ${LAST} in digits, separated by commas, and write nothing else.`;
/** An answer that is complete within this many milliseconds may arrive in one read. */
const AT_ONCE = 100;
/** An answer may arrive in one read by chance; the probe fails after this many in a row. */
const TRIES = 3;

/** Does the answer arrive in pieces, end correctly, and does its usage add up? */
export const streamProbe: Probe = {
  name: 'stream',
  async run({ model }, send) {
    for (let tries = 1; ; tries += 1) {
      const { answer, arrivals } = await watch(send, model);
      const check = judge(answer);
      const held = arrivals === 1 && answer.timings.total >= AT_ONCE;
      if (check.verdict === 'fail' || !held) return check;
      if (tries === TRIES) {
        const { chunks, timings } = answer;
        return fail(`All ${chunks} pieces arrived at once, after ${Math.round(timings.total)} ms`);
      }
    }
  },
};

/** Counts the reads from the network that brought deltas. */
async function watch(
  send: SendRequest,
  model: string,
): Promise<{ answer: ChatAnswer; arrivals: number }> {
  let arrivals = 0;
  let fresh = true;
  const answer = await send(
    { ...STREAMED, model, messages: promptMessages(QUESTION) },
    {
      onDelta: () => {
        if (!fresh) return;
        arrivals += 1;
        fresh = false;
        // Deltas of one read are delivered without a pause, before any microtask.
        queueMicrotask(() => (fresh = true));
      },
    },
  );
  return { answer, arrivals };
}

function judge(answer: ChatAnswer): CheckResult {
  if (!answer.streamed) return fail('Sent the whole answer as JSON when it was asked for a stream');
  if (!countsTo(answerText(answer), LAST)) return wrongAnswer(answer, QUESTION);
  if (answer.chunks < 2) return fail('Sent the whole answer in one piece');
  if (answer.finish_reason === undefined || endingOf(answer.finish_reason) !== 'complete') {
    return fail(`Ended with the finish_reason ${answer.finish_reason ?? '(none)'}, not stop`);
  }
  return judgeUsage(answer.usage);
}

function countsTo(text: string, last: number): boolean {
  const numbers = [...text.matchAll(/\d+/g)].map(Number);
  return numbers.length === last && numbers.every((number, index) => number === index + 1);
}

function judgeUsage(usage: Usage | undefined): CheckResult {
  if (usage === undefined) return fail('Sent no usage, although it was asked for');
  const { prompt_tokens, completion_tokens, total_tokens, reasoning_tokens = 0 } = usage;
  if (prompt_tokens === undefined || completion_tokens === undefined) {
    return fail('Sent a usage without prompt_tokens or completion_tokens');
  }
  const sum = prompt_tokens + completion_tokens;
  if (prompt_tokens < 1 || completion_tokens < 1 || (total_tokens ?? sum) !== sum) {
    return fail(
      `Its usage does not add up: ${prompt_tokens} + ${completion_tokens} tokens, ${total_tokens ?? 'no'} in total`,
    );
  }
  if (reasoning_tokens > completion_tokens) {
    return fail(
      `Its usage does not add up: ${reasoning_tokens} of ${completion_tokens} tokens are reasoning`,
    );
  }
  return PASS;
}
