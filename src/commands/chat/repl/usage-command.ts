import { contextWindowOf, fitToWindow } from '../../../core/conversation/window.ts';
import type { Context } from '../../context.ts';
import { usageLine } from '../usage-line.ts';
import type { Repl } from './repl.ts';

/** `/usage`: the last answer, the totals of the session, and the size of the conversation. */
export async function usage(_: Context, repl: Repl): Promise<string> {
  const { answers, requests, model, opened, windowOf } = repl;
  const { system, turns } = opened.conversation;
  const sum = (count: 'prompt_tokens' | 'completion_tokens') =>
    answers.reduce((total, answer) => total + (answer.usage?.[count] ?? 0), 0);
  const { tokens, limit } = fitToWindow({
    system,
    turns,
    question: [],
    window: windowOf(model) ?? contextWindowOf(model),
  });
  const latest = answers.at(-1);
  const [prompt, completion] = [sum('prompt_tokens'), sum('completion_tokens')];
  const counted = answers.filter((answer) => answer.usage !== undefined).length;
  const missing = counted < answers.length ? `, not counted: ${answers.length - counted}` : '';
  return [
    ...(latest ? [`Last answer:  ${usageLine(latest)}`] : []),
    `This session: ${prompt} prompt + ${completion} completion tokens = ${prompt + completion}, requests: ${requests}, answers: ${answers.length}${missing}${costOf(repl)}`,
    `Conversation: about ${tokens} of ${limit} tokens, turns: ${turns.length}`,
  ].join('\n');
}

/** In US dollars. A lower price is not worth its digits. */
const SMALLEST = 0.0001;

/** What the answers cost, as far as the endpoint says the prices of their models in its list. */
function costOf({ answers, priceOf }: Repl): string {
  const costs = answers.flatMap(({ asked, usage: used }) => {
    const price = priceOf(asked);
    if (price === undefined || used === undefined) return [];
    const { prompt_tokens = 0, completion_tokens = 0 } = used;
    return [(price.prompt * prompt_tokens + price.completion * completion_tokens) / 1e6];
  });
  if (costs.length === 0) return '';
  const total = costs.reduce((one, other) => one + other, 0);
  const of = costs.length < answers.length ? ` for ${costs.length} of them` : '';
  return `, price: ${total < SMALLEST ? `less than $${SMALLEST}` : `about $${total.toFixed(4)}`}${of}`;
}
