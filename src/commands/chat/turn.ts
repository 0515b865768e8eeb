import { askFirstAvailable } from '../../core/chat/fallback.ts';
import type { Chat, ChatAnswer } from '../../core/chat/answer.ts';
import { endingOf } from '../../core/chat/finish-reason.ts';
import type { ChatMessage } from '../../core/chat/messages.ts';
import { ApiError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { secretsOfRun } from '../secrets.ts';
import type { AnswerCheck } from './answer-check.ts';
import type { Display } from './display.ts';

/** One question, ready to be sent. */
export interface Question {
  /** Each is asked if the one before has no quota left or is unavailable. */
  models: readonly [string, ...string[]];
  messages: ChatMessage[];
  /** Fewer messages to send once more after this error; undefined for none. */
  shorten?(error: unknown): ChatMessage[] | undefined;
  /** Further fields of the request's body. */
  parameters: Readonly<Record<string, unknown>>;
  /** Whether to request an event stream. */
  stream: boolean;
  /** Leaves reasoning that stands in the content there. */
  raw_thinking: boolean;
  signal: AbortSignal;
  check: AnswerCheck;
}

/**
 * Asks one question and shows the answer while it arrives. Notices on stderr say what is no error:
 * a cut at the limit of tokens, tool calls, an empty answer, a change of the model.
 * @throws the errors of {@link Chat}, of {@link AnswerCheck} and of the display; ApiError
 *   `content_filter`
 */
export async function askModel(
  context: Context,
  chat: Chat,
  display: Display,
  { models, messages, shorten, parameters, stream, raw_thinking, signal, check }: Question,
): Promise<ChatAnswer> {
  let accepted = false;
  let shown = false;
  const repeated = secretsOfRun(context).watch();
  let answer: ChatAnswer;
  const send = (sent: ChatMessage[]) =>
    askFirstAvailable(chat, models, {
      request: { messages: sent, parameters, stream },
      options: {
        signal,
        raw_thinking,
        onDelta(delta) {
          shown = true;
          if (delta.type === 'content') repeated.add(delta.text);
          return display.delta(delta);
        },
      },
      onFallback: ({ message }, next) =>
        notice(context, `${message.replace(/\.$/, '')}; asking ${next} instead`),
    });
  try {
    answer = await send(messages).catch((error: unknown) => {
      const fewer = shown ? undefined : shorten?.(error);
      if (fewer === undefined) throw error;
      return send(fewer);
    });
    await display.done(answer);
    if (answer.refusal !== undefined) throw refused(answer);
    if (endingOf(answer.finish_reason) === 'filtered') throw filtered(answer);
    await check(answer);
    accepted = true;
  } finally {
    await display.end(accepted);
    if (repeated.found()) notice(context, REPEATED);
  }
  for (const text of noticesAbout(answer)) notice(context, text);
  return answer;
}

const REPEATED =
  'The answer contains a secret of this command, such as the API key or the token. It is shown and ' +
  'kept unchanged: remove the secret before you pass the answer on.';

function filtered({ endpoint }: ChatAnswer): ApiError {
  return stopped(`${new URL(endpoint).host} cut the answer off by its content filter`);
}

function refused({ model, endpoint }: ChatAnswer): ApiError {
  return stopped(`The model ${model} of ${new URL(endpoint).host} refused to answer`);
}

function stopped(message: string): ApiError {
  return new ApiError(message, {
    code: 'content_filter',
    hint: 'Change the wording, or ask another model with -m.',
  });
}

function noticesAbout({ content, tool_calls, finish_reason }: ChatAnswer): string[] {
  const notices: string[] = [];
  const ending = endingOf(finish_reason);
  if (ending === 'cut_off') notices.push('The answer was cut off at the limit of tokens.');
  if (ending === 'unknown') {
    const word = JSON.stringify(finish_reason?.slice(0, WORD_CAP));
    notices.push(`The answer ended with the unknown finish_reason ${word}: it may be incomplete.`);
  }
  if (tool_calls.length > 0) {
    const names = tool_calls.map(({ name }) => (name === '' ? 'a tool without a name' : name));
    notices.push(`The model wants to call ${names.join(', ')}: nothing was run (see --json).`);
  } else if (content === '' && ending !== 'cut_off') {
    notices.push('The model answered with nothing.');
  }
  return notices;
}

/** Characters of an unknown `finish_reason` that a notice repeats. */
const WORD_CAP = 60;
