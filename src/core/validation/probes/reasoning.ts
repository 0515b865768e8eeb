import type { ChatAnswer } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import { type ChatMessage, promptMessages, userMessage } from '../../chat/messages.ts';
import { isBlank, reasoningFields } from '../checks/sent.ts';
import type { Draw } from '../draw.ts';
import { answeredNumber } from './numbers.ts';
import {
  answerText,
  type Exchange,
  MAX_TOKENS,
  type Mode,
  type Probe,
  type ProbeContext,
  type Question,
  unlessRefused,
  wrongAnswer,
} from './probe.ts';

/** Can reasoning be switched on and off, and is the answer after it right? */
export const reasoningProbe: Probe = {
  name: 'reasoning',
  short_requests: 1,
  async run(context) {
    const { full, modes, target } = context;
    for (const mode of full ? modes : (['streamed'] as const)) {
      const turn = await askAloud(context, mode);
      if (!full || turn === undefined) return;
      if (mode === modes[0]) await continueAfter(context, mode, turn);
      // A model that always thinks.
      if (target.dialect.thinking !== 'none') await askQuietly(context, mode);
    }
  },
};

/** A question that was answered after thinking. */
interface Turn {
  asked: Question;
  exchange: Exchange;
}

async function askAloud(context: ProbeContext, mode: Mode): Promise<Turn | undefined> {
  const { draw, send, judge, pass, fail, unsupported } = context;
  const problem = drawProblem(draw);
  const asked = question(problem.text, true);
  const exchange = await send(asked, mode);
  const { answer } = exchange;
  if (!thought(answer) && answer.reasoning !== '') {
    fail('reasoning/on', 'Sent reasoning that is only white space although thinking was on');
    return undefined;
  }
  // That of some models is hidden, and only counted.
  if (!thought(answer) && !(answer.usage?.reasoning_tokens ?? 0)) {
    if (hasSwitch(exchange)) fail('reasoning/on', 'Sent no reasoning although thinking was on');
    else unsupported('reasoning/on', 'The server refused every field that switches thinking on');
    return undefined;
  }
  pass('reasoning/on');
  judgeParts(context, answer);
  const text = answerText(answer);
  // Long thoughts may leave no tokens for the answer.
  if (text !== '' || endingOf(answer.finish_reason) !== 'cut_off') {
    const right = answeredNumber(text, problem.given) === problem.result;
    judge('reasoning/right-answer', right ? undefined : wrongAnswer(answer, problem.text));
  }
  return { asked, exchange };
}

/** Of a reasoning that is long enough to occur nowhere else. */
const LONG = 40;

function judgeParts({ judge, warn, pass }: ProbeContext, answer: ChatAnswer): void {
  const reasoning = answer.reasoning.trim();
  const repeated = reasoning.length >= LONG && answer.content.includes(reasoning);
  judge('reasoning/apart', repeated ? 'Sent the reasoning in the answer too' : undefined);
  const counted = answer.usage?.reasoning_tokens;
  if (counted === undefined || reasoning.length < LONG) return;
  // No token is as long as that.
  if (counted * 20 >= reasoning.length) pass('reasoning/tokens');
  else {
    warn(
      'reasoning/tokens',
      `Its usage says ${counted} reasoning_tokens for a reasoning of ${reasoning.length} characters`,
    );
  }
}

async function askQuietly({ draw, send, judge, unsupported }: ProbeContext, mode: Mode) {
  const exchange = await send(question(drawProblem(draw).text, false), mode);
  const { answer } = exchange;
  const counted = answer.usage?.reasoning_tokens ?? 0;
  const thinks = thought(answer) || counted > 0;
  if (thinks && !hasSwitch(exchange)) {
    unsupported('reasoning/off', 'The server refused every field that switches thinking off');
  } else if (counted > 0 && !thought(answer)) {
    judge('reasoning/off', `Counted ${counted} reasoning_tokens although thinking was off`);
  } else {
    judge('reasoning/off', thinks ? 'Sent reasoning although thinking was off' : undefined);
  }
  const empty = answerText(answer) === '';
  judge('reasoning/answer', empty ? 'Sent an empty answer when thinking was off' : undefined);
}

/** What a server refuses is left out of the request. */
function hasSwitch({ wire }: Exchange): boolean {
  if (wire === undefined) return true;
  const { body } = wire.request;
  return typeof body !== 'string' || /"(enable_thinking|thinking|reasoning_effort)"/.test(body);
}

/** Agents send the reasoning of the turn before back, or leave it out. */
async function continueAfter(
  { draw, send, pass, unsupported }: ProbeContext,
  mode: Mode,
  { asked, exchange }: Turn,
): Promise<void> {
  const kept = reasoningFields(exchange);
  const turns = [
    ['reasoning/dropped', {}],
    ...(kept === undefined ? [] : [['reasoning/kept', kept] as const]),
  ] as const;
  for (const [check, fields] of turns) {
    const { text } = drawProblem(draw);
    const content = answerText(exchange.answer);
    const messages: ChatMessage[] = [
      ...asked.messages,
      { role: 'assistant', content, ...fields },
      userMessage(text),
    ];
    const reply = await unlessRefused(send({ ...asked, messages }, mode), (reason) => {
      unsupported(check, `The server refused the turn before: ${reason}`);
    });
    if (reply !== undefined) pass(check);
  }
}

/** A calculation in two steps, whose result is greater than every number in it. */
function drawProblem({ integer, word }: Draw) {
  const [a, b, c] = [integer(12, 99), integer(3, 9), integer(11, 99)];
  return {
    text: `What is ${a} * ${b} + ${c}? Answer with the number in digits, then the word "${word()}".`,
    given: new Set([a, b, c]),
    result: a * b + c,
  };
}

function question(text: string, enable_thinking: boolean): Question {
  return {
    messages: promptMessages(text),
    parameters: {
      max_tokens: MAX_TOKENS,
      // The switch of DashScope, and that of vLLM and SGLang.
      enable_thinking,
      chat_template_kwargs: { enable_thinking },
    },
  };
}

/** Servers without a field for reasoning leave it in the answer; an empty block does not count. */
function thought({ reasoning, content }: ChatAnswer): boolean {
  if (!isBlank(reasoning)) return true;
  const [before] = content.split('</think>', 1);
  const marked = content.includes('</think>') || content.includes('<think>');
  return marked && !isBlank(before?.replace('<think>', '') ?? '');
}
