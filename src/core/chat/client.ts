import { reportedError, webPage } from '../api/refusal.ts';
import type { ApiRequest } from '../api/request.ts';
import { given } from '../given.ts';
import { readText } from '../http/body.ts';
import { CHAT_HEADERS } from '../http/timeouts.ts';
import type { Clock } from '../ports.ts';
import type { Chat, ChatDelta, ChatOptions, ChatRequest } from './answer.ts';
import type { Assembled } from './assembly.ts';
import { endingOf } from './finish-reason.ts';
import { type AnswerFormat, formatOf, type Incoming, peek } from './incoming.ts';

/** What the chat client needs from outside. */
export interface ChatDependencies {
  /** Sends a request to the API with access and retries. */
  request: ApiRequest;
  clock: Clock;
}

/**
 * The chat client. It reads an event stream and a JSON document whichever of them the request asked
 * for: some servers send the other one.
 */
export function createChat({ request, clock }: ChatDependencies): Chat {
  return async (chatRequest, { signal, onDelta, raw_thinking = false }: ChatOptions = {}) => {
    const started = clock.monotonic();
    const since = () => clock.monotonic() - started;
    // Load the reader of the answer while the request is in flight.
    void load(chatRequest.stream ? 'events' : 'json');
    const exchange = createExchange(clock, signal);
    const {
      response: head,
      access,
      context,
    } = await request({
      method: 'POST',
      path: '/chat/completions',
      body: bodyOf(chatRequest),
      accept: chatRequest.stream ? 'text/event-stream' : 'application/json',
      signal: exchange.signal,
      default_timeouts: { headers: CHAT_HEADERS },
      late_content: true,
    });
    const headers = since();

    let first_token: number | undefined;
    const deliver = (delta: ChatDelta) => {
      head.began?.();
      if (delta.type !== 'tool_call') first_token ??= since();
      return onDelta?.(delta);
    };
    const { first, response } = await peek(head);
    const format = formatOf(response.headers['content-type'], first);
    const answer = await read(format, {
      response,
      context,
      signal,
      deliver,
      raw_thinking,
      several: Number(chatRequest.parameters?.n ?? 1) > 1,
      hangUpAfter: exchange.hangUpAfter,
    });
    if (endingOf(answer.finish_reason) === 'broken') {
      throw reportedError({ message: brokenOff(answer) }, response, context);
    }
    const { has_choice: _, id, model, refusal, rest, ...fields } = answer;
    return {
      ...fields,
      ...(refusal !== '' && { refusal }),
      ...(rest !== undefined && { rest }),
      model: model ?? chatRequest.model,
      request_id: response.headers['x-request-id'] ?? id,
      endpoint: access.endpoint,
      streamed: format === 'events',
      timings: { headers, first_token, total: since() },
    };
  };
}

function brokenOff({ finish_reason }: Assembled): string {
  return `it broke the answer off with the finish_reason ${finish_reason}`;
}

function bodyOf({ model, messages, stream, parameters }: ChatRequest): Record<string, unknown> {
  const stream_options = stream ? { include_usage: true } : undefined;
  return { ...given({ model, messages, stream, stream_options }), ...parameters };
}

/** The signal of one request and its answer. The caller aborts it, or `hangUpAfter` does. */
function createExchange(clock: Clock, signal: AbortSignal | undefined) {
  const own = new AbortController();
  return {
    signal: signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]),
    hangUpAfter(ms: number): void {
      const limit = clock.timeout(ms);
      limit.addEventListener('abort', () => own.abort(limit.reason), { once: true });
    },
  };
}

async function load(format: AnswerFormat): Promise<(incoming: Incoming) => Promise<Assembled>> {
  switch (format) {
    case 'events':
      return (await import('./stream.ts')).readStream;
    case 'json':
      return (await import('./buffered.ts')).readBuffered;
    case 'html':
      return refuseWebPage;
  }
}

async function read(format: AnswerFormat, incoming: Incoming): Promise<Assembled> {
  const reader = await load(format);
  return reader(incoming);
}

async function refuseWebPage({ response, context }: Incoming): Promise<never> {
  throw webPage(response.status, await readText(response), response.host, context);
}
