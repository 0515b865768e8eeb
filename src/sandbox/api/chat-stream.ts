import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/ports.ts';
import type { Completion, Usage } from './completion.ts';
import type { Exchange } from '../exchange.ts';
import { ERROR_FRAME } from '../faults.ts';
import { splitTokens } from '../model/tokenizer.ts';

export interface StreamOptions {
  /** Sent in a chunk of its own when it is there. */
  usage: Usage | undefined;
  /** The faults stop after half of the deltas, with neither finish_reason nor [DONE]. */
  ending: 'complete' | 'truncate-stream' | 'error-frame';
  /** Milliseconds before the first token and before each further one. */
  pace: { clock: Pick<Clock, 'sleep'>; first_delay: number; token_delay: number };
}

type Delta = Record<string, unknown>;

/** Answers with an event stream of one token a chunk. Stops when the client has gone. */
export async function streamCompletion(
  { response, signal }: Exchange,
  completion: Completion,
  { usage, ending, pace }: StreamOptions,
): Promise<void> {
  const { id, created, model, answer } = completion;
  const frame = { id, object: 'chat.completion.chunk', created, model, usage: null };
  const send = (delta: Delta, finish_reason: string | null = null): Promise<void> =>
    sendEvent(response, signal, {
      ...frame,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });

  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  response.flushHeaders();
  if (pace.first_delay > 0) await pace.clock.sleep(pace.first_delay, signal);

  const deltas = deltasOf(completion);
  const shown = ending === 'complete' ? deltas : deltas.slice(0, Math.ceil(deltas.length / 2));
  for (const delta of shown) {
    await send(delta);
    // A turn of the event loop at least, so that each chunk leaves in a packet of its own.
    await (pace.token_delay > 0 ? pace.clock.sleep(pace.token_delay, signal) : nextTurn());
  }
  if (ending === 'complete') {
    await send({}, answer.finish_reason);
    if (usage) await sendEvent(response, signal, { ...frame, choices: [], usage });
    response.write('data: [DONE]\n\n');
  } else if (ending === 'error-frame') {
    await sendEvent(response, signal, ERROR_FRAME);
  }
  response.end();
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

/** Waits for a slow reader. Throws the signal's reason when the reader has gone. */
async function sendEvent(
  response: ServerResponse,
  signal: AbortSignal,
  data: unknown,
): Promise<void> {
  signal.throwIfAborted();
  if (!response.write(`data: ${JSON.stringify(data)}\n\n`)) {
    await once(response, 'drain', { signal });
  }
}
