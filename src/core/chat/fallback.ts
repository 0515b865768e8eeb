import { NetworkError, QuotaError, QwenDemoError } from '../errors.ts';
import type { Chat, ChatAnswer, ChatOptions, ChatRequest } from './answer.ts';

export interface FallbackQuestion {
  request: Omit<ChatRequest, 'model'>;
  options: ChatOptions;
  /** Told why a model is given up, and which is asked next. */
  onFallback: (failure: QwenDemoError, next: string) => void;
}

/**
 * Asks one model after the other until one answers. The next one is asked only while nothing of an
 * answer was delivered: two models in one answer would be neither's.
 * @throws what the last one that was asked threw
 */
export async function askFirstAvailable(
  chat: Chat,
  models: readonly string[],
  { request, options, onFallback }: FallbackQuestion,
): Promise<ChatAnswer> {
  let delivered = false;
  const onDelta: ChatOptions['onDelta'] = (delta) => {
    delivered = true;
    return options.onDelta?.(delta);
  };
  const [model = '', ...others] = models;
  try {
    return await chat({ ...request, model }, { ...options, onDelta });
  } catch (error) {
    const [next] = others;
    if (next === undefined || delivered || !isUnavailable(error)) throw error;
    onFallback(error, next);
    return askFirstAvailable(chat, others, { request, options, onFallback });
  }
}

/** What is wrong with this model now, and may be right with another one. */
const OF_THE_MODEL: ReadonlySet<string> = new Set([
  'model_not_found',
  'model_access_denied',
  'server_error',
  'error_in_answer',
]);

function isUnavailable(error: unknown): error is QwenDemoError {
  if (error instanceof QuotaError) return true;
  // It was reached and did not begin to answer in time: an overloaded model looks like that.
  if (error instanceof NetworkError) return error.code === 'headers_timeout';
  return error instanceof QwenDemoError && OF_THE_MODEL.has(error.code);
}
