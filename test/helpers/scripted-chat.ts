import type { Chat, ChatAnswer } from '../../src/core/chat/answer.ts';

/** A complete answer with defaults for all fields that a test does not set. */
export function answer(content: string, more: Partial<ChatAnswer> = {}): ChatAnswer {
  return {
    model: 'a-model',
    content,
    reasoning: '',
    tool_calls: [],
    finish_reason: 'stop',
    usage: undefined,
    request_id: undefined,
    endpoint: 'http://127.0.0.1/v1',
    streamed: true,
    chunks: 1,
    timings: { headers: 5, first_token: 10, total: 20 },
    ...more,
  };
}

/** A `Chat` whose models answer by the given functions, whatever the request. All others answer `42`. */
export function scriptedChat(
  models: Record<string, (signal: AbortSignal) => ChatAnswer | Promise<ChatAnswer>>,
): Chat {
  return async ({ model }, options) => {
    await Promise.resolve();
    const signal = options?.signal ?? new AbortController().signal;
    signal.throwIfAborted();
    return models[model]?.(signal) ?? answer('42', { model });
  };
}

/** Never answers. Rejects with the reason of the signal, as a transport does. */
export function silence(signal: AbortSignal): Promise<ChatAnswer> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
