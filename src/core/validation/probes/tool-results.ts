import type { ChatAnswer } from '../../chat/answer.ts';
import type { ChatMessage } from '../../chat/messages.ts';
import { markupProblem } from '../checks/calls.ts';
import { reasoningFields } from '../checks/sent.ts';
import {
  type Exchange,
  type Mode,
  type ProbeContext,
  unlessRefused,
  wrongAnswer,
} from './probe.ts';
import { shownCall, TOOLS, withTools } from './tool-questions.ts';

/** A question that was answered with the right call. */
export interface Turn {
  question: string;
  exchange: Exchange;
}

/** Sends the result back: with the reasoning of the turn, where there is any, and without. */
export async function handBack(context: ProbeContext, mode: Mode, turn: Turn): Promise<void> {
  await answerResult(context, mode, turn, {});
  const reasoning = reasoningFields(turn.exchange);
  if (reasoning === undefined) return;
  await answerResult(context, mode, turn, reasoning);
}

async function answerResult(
  { draw, send, judge, pass, unsupported }: ProbeContext,
  mode: Mode,
  { question, exchange: { answer } }: Turn,
  reasoning: Readonly<Record<string, string>>,
): Promise<void> {
  const kept = Object.keys(reasoning).length > 0;
  const check = kept ? 'tools/reasoning-kept' : 'tools/result-sent';
  const station = draw.nonce();
  const asked = withTools(question);
  const result = { station, sky: 'cloudy' };
  const messages = [
    ...asked.messages,
    callMessage(answer, reasoning),
    ...resultsOf(answer, result),
  ];
  const reply = await unlessRefused(send({ ...asked, messages }, mode), (reason) => {
    const whose = kept ? 'the reasoning of the turn before' : 'the result of a call';
    unsupported(check, `The server refused ${whose}: ${reason}`);
  });
  if (reply === undefined) return;
  pass(check);
  const { answer: last } = reply;
  judge('tools/no-markup', markupProblem(reply, TOOLS));
  const [again] = last.tool_calls;
  const used = station.split(' ').every((word) => last.content.toLowerCase().includes(word));
  judge(
    'tools/result-used',
    again !== undefined
      ? `Called ${shownCall(again)} again, although it had the result`
      : used
        ? undefined
        : wrongAnswer(last, `the station in the result of the call (it is ${station})`),
  );
}

function callMessage(answer: ChatAnswer, reasoning: Readonly<Record<string, string>>): ChatMessage {
  return {
    role: 'assistant',
    content: answer.content === '' ? null : answer.content,
    ...reasoning,
    tool_calls: answer.tool_calls.map(({ id, name, arguments: args }, index) => ({
      id: id ?? `call_${index}`,
      type: 'function',
      function: { name, arguments: args },
    })),
  };
}

function resultsOf({ tool_calls }: ChatAnswer, result: unknown): ChatMessage[] {
  return tool_calls.map(({ id }, index) => ({
    role: 'tool',
    tool_call_id: id ?? `call_${index}`,
    content: JSON.stringify(result),
  }));
}
