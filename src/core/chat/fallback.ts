import { NetworkError, QuotaError, QwenDemoError } from '../errors.ts';
import type { Chat, ChatAnswer, ChatDelta, ChatOptions, ChatRequest } from './answer.ts';

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
  const held: ChatDelta[] = [];
  const hold = next !== undefined && !request.stream;
  const onDelta: ChatOptions['onDelta'] = (delta) => {
    if (hold) return void held.push(delta);
    delivered = true;
    return options.onDelta?.(delta);
  };
  const deliverHeld = async () => {
    for (const delta of held) await options.onDelta?.(delta);
  };
  let answer: ChatAnswer;
  try {
    answer = await chat({ ...request, model }, { ...options, onDelta });
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
