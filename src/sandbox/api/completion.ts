import type { ModelAnswer } from '../model/answers.ts';
import { countPromptTokens, countTokens, tokensOf } from '../model/tokenizer.ts';
import type { Part } from '../router.ts';
import type { ChatCompletionRequest } from './chat-request.ts';

/** One answer, before it is sent as a whole or as an event stream. */
export interface Completion {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  model: string;
  answer: ModelAnswer;
}

/** The token counts of a chat completion, as the real service sends them. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

/** The response body for `stream: false`. */
export function wholeCompletion(completion: Completion, usage: Usage): Record<string, unknown> {
  const { id, created, model } = completion;
  const { content, reasoning, tool_calls, finish_reason } = completion.answer;
  const message = {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason }];
  return { id, object: 'chat.completion', created, model, choices, usage };
}

/** Counts the tokens of the request and of its answer. */
export function countUsage(request: ChatCompletionRequest, answer: ModelAnswer): Usage {
  const prompt_tokens = countPromptTokens(request.messages);
  const reasoning_tokens = countTokens(answer.reasoning);
  const calls = answer.tool_calls.map((call) => call.function.name + call.function.arguments);
  const completion_tokens =
    reasoning_tokens + countTokens(answer.content) + countTokens(calls.join(' '));
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens },
  };
}

type Delta = Record<string, unknown>;

/**
 * The parts of an event stream with one token a chunk. They are made one by one: thousands of streams
 * may be open at once.
 * @param usage sent in a last chunk of its own; undefined: not sent
 */
export function* streamedCompletion(
  completion: Completion,
  usage: Usage | undefined,
): Generator<Part> {
  const { id, created, model, answer } = completion;
  const frame = { id, object: 'chat.completion.chunk', created, model, usage: null };
  const chunk = (delta: Delta, finish_reason: string | null = null): Part => ({
    ...frame,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  for (const delta of deltasOf(completion)) yield chunk(delta);
  yield chunk({}, answer.finish_reason);
  if (usage) yield { ...frame, choices: [], usage };
  yield 'data: [DONE]\n\n';
}

function* deltasOf({ answer }: Completion): Generator<Delta> {
  yield { role: 'assistant', content: '' };
  for (const text of tokensOf(answer.reasoning)) yield { content: null, reasoning_content: text };
  for (const text of tokensOf(answer.content)) yield { content: text };
  for (const [index, call] of answer.tool_calls.entries()) {
    const { name, arguments: json } = call.function;
    yield { tool_calls: [{ index, ...call, function: { name, arguments: '' } }] };
    for (const text of tokensOf(json)) {
      yield { tool_calls: [{ index, function: { arguments: text } }] };
    }
  }
}
