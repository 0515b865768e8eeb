import type { Answer } from '../model/answers.ts';
import type { ChatCompletionRequest } from './chat-request.ts';
import { countPromptTokens, countTokens } from '../model/tokenizer.ts';

/** What the streamed and the whole form of an answer are made of. */
export interface Completion {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  model: string;
  answer: Answer;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

/** The body of an answer that is not streamed. */
export function wholeCompletion(completion: Completion, usage: Usage): Record<string, unknown> {
  const { id, created, model } = completion;
  const { content, tool_calls, finish_reason } = completion.answer;
  const message = { role: 'assistant', content, ...(tool_calls.length > 0 && { tool_calls }) };
  const choices = [{ index: 0, message, logprobs: null, finish_reason }];
  return { id, object: 'chat.completion', created, model, choices, usage };
}

export function usageOf(request: ChatCompletionRequest, answer: Answer): Usage {
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
