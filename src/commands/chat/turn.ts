import { askFirstAvailable } from '../../core/chat/fallback.ts';
import type { ChatAnswer } from '../../core/chat/answer.ts';
import type { ChatMessage } from '../../core/chat/messages.ts';
import { ApiError } from '../../core/errors.ts';
import type { Connection } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { Display } from './display.ts';

/** One question, ready to be sent. */
export interface Question {
  model: string;
  /** Asked in this order where the model before has no quota left or cannot be had. */
  fallback_models?: readonly string[];
  messages: ChatMessage[];
  /** Further fields of the request's body. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Whether to ask for an event stream. */
  stream: boolean;
  /** Throws when a complete answer is still not what was asked for. */
  check?: ((answer: ChatAnswer) => void | Promise<void>) | undefined;
  /** Ends the question; by default what ends the program. */
  signal?: AbortSignal;
}

/**
 * Asks one question and shows the answer while it arrives. What needs no failure to be told (a cut
 * at the limit of tokens, tool calls, silence, another model) is said on stderr.
 * @throws what `Chat` throws; ApiError `content_filter`; what `check` and the display throw
 */
export async function askOnce(
  context: Context,
  { chat }: Pick<Connection, 'chat'>,
  question: Question,
  display: Display,
): Promise<ChatAnswer> {
  const { model, fallback_models = [], messages, parameters = {}, stream } = question;
  let answer: ChatAnswer | undefined;
  try {
    const given = await askFirstAvailable(chat, [model, ...fallback_models], {
      request: { messages, parameters, stream },
      options: { signal: question.signal ?? context.signal, onDelta: display.delta },
      onFallback: ({ message }, next) =>
        notice(context, `${message.replace(/\.$/, '')}; asking ${next} instead`),
    });
    await display.done(given);
    if (given.finish_reason === 'content_filter') throw filtered(given.endpoint);
    await question.check?.(given);
    answer = given;
  } finally {
    await display.end(answer !== undefined);
  }
  for (const remark of remarksOn(answer)) notice(context, remark);
  return answer;
}

function filtered(endpoint: string): ApiError {
  return new ApiError(`${new URL(endpoint).host} cut the answer off by its content filter`, {
    code: 'content_filter',
    hint: 'Say it in other words, or ask another model with -m.',
  });
}

function remarksOn({ content, tool_calls, finish_reason }: ChatAnswer): string[] {
  const remarks: string[] = [];
  if (finish_reason === 'length') remarks.push('The answer was cut off at the limit of tokens.');
  if (tool_calls.length > 0) {
    const names = tool_calls.map(({ name }) => (name === '' ? 'a tool without a name' : name));
    remarks.push(`The model wants to call ${names.join(', ')}: nothing was run (see --json).`);
  } else if (content === '' && finish_reason !== 'length') {
    remarks.push('The model answered with nothing.');
  }
  return remarks;
}
