import type { ChatAnswer, ChatRequest } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import { fail, PASS, type Probe, answerText, STREAMED } from './probe.ts';

const QUESTION =
  'A snail climbs 3 metres a day and slides back 2 at night. On which day is it 10 metres up?';

/** Can reasoning be switched on and off? The answer itself is not checked. */
export const reasoningProbe: Probe = {
  name: 'reasoning',
  async run({ model }, send) {
    if (!thought(await send(question(model, true)))) {
      return fail('Sent no reasoning although thinking was on');
    }
    const answer = await send(question(model, false));
    if (thought(answer)) return fail('Sent reasoning although thinking was off');
    return answerText(answer) === '' ? fail('Sent an empty answer when thinking was off') : PASS;
  },
};

function question(model: string, enable_thinking: boolean): ChatRequest {
  return {
    ...STREAMED,
    model,
    messages: promptMessages(QUESTION),
    parameters: {
      ...STREAMED.parameters,
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
