import { webPage } from '../api/refusal.ts';
import type { ApiRequest } from '../api/request.ts';
import { given } from '../given.ts';
import { readText } from '../http/body.ts';
import type { Clock } from '../ports.ts';
import type { Chat, ChatDelta, ChatOptions, ChatRequest } from './answer.ts';
import type { Assembled } from './assembly.ts';
import { type AnswerFormat, formatOf, type Incoming, peek } from './incoming.ts';

export interface ChatDependencies {
  request: ApiRequest;
  clock: Clock;
}

/** A server may answer a question for a stream with the whole answer, or the other way round. */
export function createChat({ request, clock }: ChatDependencies): Chat {
  return async (asked, { signal, onDelta }: ChatOptions = {}) => {
    const started = clock.monotonic();
    const since = () => clock.monotonic() - started;
    // Load what reads the answer while the request is under way.
    void load(asked.stream ? 'events' : 'json');
    const line = createLine(clock, signal);
    const { response: head, access } = await request({
      method: 'POST',
      path: '/chat/completions',
      body: bodyOf(asked),
      accept: asked.stream ? 'text/event-stream' : 'application/json',
      signal: line.signal,
    });
    const headers = since();

    let first_token: number | undefined;
    const deliver = (delta: ChatDelta) => {
      if (delta.type !== 'tool_call') first_token ??= since();
      return onDelta?.(delta);
    };
    const { first, response } = await peek(head);
    const format = formatOf(response.headers['content-type'], first);
    const { auth_type, bearer } = access;
    const answer = await read(format, {
      response,
      context: { auth_type, bearer, model: asked.model },
      signal,
      deliver,
      hangUpAfter: line.hangUpAfter,
    });
    const { has_choice: _, id, model, ...rest } = answer;
    return {
      ...rest,
      model: model ?? asked.model,
      request_id: response.headers['x-request-id'] ?? id,
      endpoint: access.endpoint,
      streamed: format === 'events',
      timings: { headers, first_token, total: since() },
    };
  };
}

function bodyOf({ model, messages, stream, parameters }: ChatRequest): Record<string, unknown> {
  const stream_options = stream ? { include_usage: true } : undefined;
  return { ...given({ model, messages, stream, stream_options }), ...parameters };
}

/** The signal of one exchange: the caller's, and our own to drop the connection with. */
function createLine(clock: Clock, signal: AbortSignal | undefined) {
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
