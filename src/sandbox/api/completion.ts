import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/ports.ts';
import { ERROR_FRAME } from '../faults.ts';
import type { ModelAnswer } from '../model/answers.ts';
import { countPromptTokens, countTokens, splitTokens } from '../model/tokenizer.ts';
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
  const { content, tool_calls, finish_reason } = completion.answer;
  const message = { role: 'assistant', content, ...(tool_calls.length > 0 && { tool_calls }) };
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

/** How an event stream is sent. */
export interface StreamOptions {
  /** Sent in a last chunk of its own; undefined: not sent. */
  usage: Usage | undefined;
  /** The two faults stop after half of the deltas, without finish_reason and [DONE]. */
  ending: 'complete' | 'truncate-stream' | 'error-frame';
  /** Milliseconds before the first token, and before each further token. */
  pace: { clock: Pick<Clock, 'sleep'>; first_delay: number; token_delay: number };
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
}

type Delta = Record<string, unknown>;

/** The parts of an event stream with one token a chunk. */
export async function* streamCompletion(
  completion: Completion,
  { usage, ending, pace, signal }: StreamOptions,
): AsyncGenerator<Part> {
  const { id, created, model, answer } = completion;
  const frame = { id, object: 'chat.completion.chunk', created, model, usage: null };
  const chunk = (delta: Delta, finish_reason: string | null = null): Part => ({
    ...frame,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });

  if (pace.first_delay > 0) await pace.clock.sleep(pace.first_delay, signal);
  const deltas = deltasOf(completion);
  const shown = ending === 'complete' ? deltas : deltas.slice(0, Math.ceil(deltas.length / 2));
  for (const delta of shown) {
    yield chunk(delta);
    // Waits at least one turn of the event loop, so that each chunk gets a TCP packet of its own.
    await (pace.token_delay > 0 ? pace.clock.sleep(pace.token_delay, signal) : nextTurn());
  }
  if (ending === 'complete') {
    yield chunk({}, answer.finish_reason);
    if (usage) yield { ...frame, choices: [], usage };
    yield 'data: [DONE]\n\n';
  } else if (ending === 'error-frame') {
    yield ERROR_FRAME;
  }
}

function deltasOf({ answer }: Completion): Delta[] {
  const role = { role: 'assistant', content: '' };
  const reasoning = splitTokens(answer.reasoning).map((text) => ({
    content: null,
    reasoning_content: text,
  }));
  const content = splitTokens(answer.content).map((text) => ({ content: text }));
  const calls = answer.tool_calls.flatMap((call, index) => [
    {
      tool_calls: [{ index, ...call, function: { name: call.function.name, arguments: '' } }],
    },
    ...splitTokens(call.function.arguments).map((text) => ({
      tool_calls: [{ index, function: { arguments: text } }],
    })),
  ]);
  return [role, ...reasoning, ...content, ...calls];
}
