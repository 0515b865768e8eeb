import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import { MAX_TOKENS, type Probe, type Question, answerText } from './probe.ts';

const QUESTION =
  'A snail climbs 3 metres a day and slides back 2 at night. On which day is it 10 metres up?';

/** Can reasoning be switched on and off? The answer itself is not checked. */
export const reasoningProbe: Probe = {
  name: 'reasoning',
  short_requests: 1,
  async run({ full, send, pass, fail, judge }) {
    const on = await send(question(true), 'streamed');
    if (!thought(on.answer)) {
      fail('reasoning/on', 'Sent no reasoning although thinking was on');
      return;
    }
    pass('reasoning/on');
    if (!full) return;
    const { answer } = await send(question(false), 'streamed');
    judge(
      'reasoning/off',
      thought(answer) ? 'Sent reasoning although thinking was off' : undefined,
    );
    const empty = answerText(answer) === '';
    judge('reasoning/answer', empty ? 'Sent an empty answer when thinking was off' : undefined);
  },
};

function question(enable_thinking: boolean): Question {
  return {
    messages: promptMessages(QUESTION),
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
