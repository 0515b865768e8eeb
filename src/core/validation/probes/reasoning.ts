import type { ChatAnswer } from '../../chat/answer.ts';
import { endingOf } from '../../chat/finish-reason.ts';
import { promptMessages } from '../../chat/messages.ts';
import type { Draw } from '../draw.ts';
import { answeredNumber } from './numbers.ts';
import { MAX_TOKENS, type Probe, type Question, answerText, wrongAnswer } from './probe.ts';

/** Can reasoning be switched on and off, and is the answer after it right? */
export const reasoningProbe: Probe = {
  name: 'reasoning',
  short_requests: 1,
  async run({ full, draw, send, pass, fail, judge }) {
    const problem = drawProblem(draw);
    const on = await send(question(problem.text, true), 'streamed');
    if (!thought(on.answer)) {
      fail('reasoning/on', 'Sent no reasoning although thinking was on');
      return;
    }
    pass('reasoning/on');
    const text = answerText(on.answer);
    // Long thoughts may leave no tokens for the answer.
    if (text !== '' || endingOf(on.answer.finish_reason) !== 'cut_off') {
      const right = answeredNumber(text, problem.given) === problem.result;
      judge('reasoning/right-answer', right ? undefined : wrongAnswer(on.answer, problem.text));
    }
    if (!full) return;
    const { answer } = await send(question(drawProblem(draw).text, false), 'streamed');
    judge(
      'reasoning/off',
      thought(answer) ? 'Sent reasoning although thinking was off' : undefined,
    );
    const empty = answerText(answer) === '';
    judge('reasoning/answer', empty ? 'Sent an empty answer when thinking was off' : undefined);
  },
};

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
  if (reasoning.trim() !== '') return true;
  const [before] = content.split('</think>', 1);
  const marked = content.includes('</think>') || content.includes('<think>');
  return marked && before?.replace('<think>', '').trim() !== '';
}
