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

/** Stands for the right answer to a question, which is drawn: see {@link rightAnswer}. */
export const RIGHT = '42';

/**
 * The right answer to the question in the body of a request, in plain text: the words that the system
 * text asks for, numbers to count, a sum with a word.
 */
export function rightAnswer(body: string): string {
  const text = body.replaceAll('\\', '');
  const [, words] = /answer with the words "([^"]+)"/.exec(text) ?? [];
  if (words !== undefined) return words;
  const [, from, to] = /count from (\d+) to (\d+)/.exec(text) ?? [];
  if (from !== undefined) {
    const length = Number(to) - Number(from) + 1;
    return Array.from({ length }, (_, index) => Number(from) + index).join(', ');
  }
  const [, a, b, word] = /(\d+) \+ (\d+)\?.*?"(\w+)"/.exec(text) ?? [];
  return a === undefined ? RIGHT : `${Number(a) + Number(b)} ${word}`;
}

/** A `Chat` that gives the right answer where the given one says {@link RIGHT}. */
export function honest(chat: Chat): Chat {
  return async (request, options) => {
    const said = await chat(request, options);
    return said.content === RIGHT
      ? { ...said, content: rightAnswer(JSON.stringify(request.messages)) }
      : said;
  };
}

/** A `Chat` whose models answer by the given functions, whatever the request; all others are right. */
export function scriptedChat(
  models: Record<string, (signal: AbortSignal) => ChatAnswer | Promise<ChatAnswer>>,
): Chat {
  return async ({ model }, options) => {
    await Promise.resolve();
    const signal = options?.signal ?? new AbortController().signal;
    signal.throwIfAborted();
    return models[model]?.(signal) ?? answer(RIGHT, { model });
  };
}

/** Never answers. Rejects with the reason of the signal, as a transport does. */
export function silence(signal: AbortSignal): Promise<ChatAnswer> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
