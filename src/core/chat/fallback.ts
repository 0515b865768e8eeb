import { isStreamOnly } from '../qwen/stream-only.ts';
import { NetworkError, QuotaError, QwenDemoError } from '../errors.ts';
import type { Chat, ChatAnswer, ChatDelta, ChatOptions, ChatRequest } from './answer.ts';
import { JoinedText } from './joined-text.ts';

/** A question for a list of models. */
export interface FallbackRequest {
  request: Omit<ChatRequest, 'model'>;
  options: ChatOptions;
  /** Called before the `next` model is asked, with the error of the model before. */
  onFallback: (failure: QwenDemoError, next: string) => void;
}

/**
 * Asks the models in order until one answers. The next model is asked only if the failure is one that
 * another model may not have, and no delta has been delivered: an answer never mixes two models. Without
 * a stream the deltas wait for the end of the answer, so that one that breaks off is replaced.
 * @throws the errors of {@link Chat}, from the last model that was asked
 */
export async function askFirstAvailable(
  chat: Chat,
  [model, next, ...others]: readonly [string, ...string[]],
  { request, options, onFallback }: FallbackRequest,
): Promise<ChatAnswer> {
  let delivered = false;
  const held = new HeldDeltas();
  const hold = next !== undefined && !request.stream;
  const onDelta: ChatOptions['onDelta'] = (delta) => {
    if (hold) return held.add(delta);
    delivered = true;
    return options.onDelta?.(delta);
  };
  const deliverHeld = async () => {
    for (const delta of held.all()) await options.onDelta?.(delta);
  };
  let answer: ChatAnswer;
  try {
    const stream = request.stream || isStreamOnly(model);
    answer = await chat({ ...request, model, stream }, { ...options, onDelta });
  } catch (error) {
    if (next === undefined || delivered || !isUnavailable(error)) {
      await deliverHeld();
      throw error;
    }
    onFallback(error, next);
    return askFirstAvailable(chat, [next, ...others], { request, options, onFallback });
  }
  await deliverHeld();
  return answer;
}

/** Deltas in their order. Neighbors of one kind become one: a server may send millions. */
class HeldDeltas {
  #runs: { of: ChatDelta; text: JoinedText }[] = [];

  add(delta: ChatDelta): void {
    const last = this.#runs.at(-1);
    const run = last && continues(last.of, delta) ? last : { of: delta, text: new JoinedText() };
    if (run !== last) this.#runs.push(run);
    run.text.add(delta.type === 'tool_call' ? delta.arguments : delta.text);
  }

  *all(): Generator<ChatDelta> {
    for (const { of, text } of this.#runs) {
      yield of.type === 'tool_call'
        ? { ...of, arguments: text.take() }
        : { type: of.type, text: text.take() };
    }
  }
}

function continues(before: ChatDelta, delta: ChatDelta): boolean {
  if (delta.type !== 'tool_call') return before.type === delta.type;
  if (before.type !== 'tool_call' || delta.index !== before.index) return false;
  return delta.id === undefined && delta.name === undefined;
}

/** Codes of errors that another model may not have. */
const OF_THE_MODEL: ReadonlySet<string> = new Set([
  'model_not_found',
  'model_access_denied',
  'server_error',
  'overloaded',
  'model_loading',
  'error_in_answer',
  'empty_answer',
  'truncated_stream',
]);

function isUnavailable(error: unknown): error is QwenDemoError {
  if (error instanceof QuotaError) return true;
  // The server was reached and sent no head in time: an overloaded model does that.
  if (error instanceof NetworkError) return error.code === 'headers_timeout';
  return error instanceof QwenDemoError && OF_THE_MODEL.has(error.code);
}
