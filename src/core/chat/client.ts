import type { ApiRequest, ApiResponse } from '../api/request.ts';
import { ProtocolError, QwenDemoError } from '../errors.ts';
import { given } from '../given.ts';
import { BODY_CAP, readRefusal } from '../http/body.ts';
import type { Failure, HttpResponse, Retries, Timeouts } from '../http/message.ts';
import { CHAT_TIMEOUTS } from '../http/timeouts.ts';
import type { Clock, Collector } from '../ports.ts';
import type { Chat, ChatAnswer, ChatDelta, ChatOptions, ChatRequest } from './answer.ts';
import type { Assembled } from './assembly.ts';
import { endingOf } from './finish-reason.ts';
import { type AnswerFormat, formatOf, type Incoming, peek } from './incoming.ts';

/** What the chat client needs from outside. */
export interface ChatDependencies {
  /** Sends a request to the API with access and retries. */
  request: ApiRequest;
  clock: Clock;
  /** Bytes of one answer at most. Default {@link BODY_CAP}. */
  max_answer?: number | undefined;
  collector?: Collector | undefined;
  /** Begins the retries of one question. Without it, an answer that fails is not asked for again. */
  retries?: (default_timeouts: Partial<Timeouts>) => Retries;
}

/**
 * The chat client. It reads an event stream and a JSON document whichever of them the request asked
 * for: some servers send the other one. An answer that fails before its first delta, in a way that can
 * pass, is asked for again.
 */
export function createChat(dependencies: ChatDependencies): Chat {
  const { retries: begin, max_answer = BODY_CAP, collector } = dependencies;
  return async (chatRequest, options = {}) => {
    const { signal } = options;
    const retries = begin?.(CHAT_TIMEOUTS);
    collector?.begin();
    for (;;) {
      const asked = await ask(dependencies, chatRequest, signal, retries);
      let delivered = false;
      const onDelta = (delta: ChatDelta) => {
        delivered = true;
        return options.onDelta?.(delta);
      };
      try {
        const reading = { ...options, onDelta, max_answer, collector };
        return await readAnswer(asked, chatRequest, reading);
      } catch (error) {
        const failure =
          delivered || signal?.aborted ? undefined : await passingFailure(error, asked);
        if (!failure || !(await retries?.again(failure, signal))) throw error;
      }
    }
  };
}

interface Asked extends ApiResponse {
  exchange: Exchange;
  /** Milliseconds since the request was sent. */
  since: () => number;
  /** Those until the head of the response came. */
  headers: number;
}

async function ask(
  { request, clock }: ChatDependencies,
  chatRequest: ChatRequest,
  signal: AbortSignal | undefined,
  retries: Retries | undefined,
): Promise<Asked> {
  const started = clock.monotonic();
  const since = () => clock.monotonic() - started;
  // Load the reader of the answer while the request is in flight.
  void load(chatRequest.stream ? 'events' : 'json');
  const exchange = createExchange(clock, signal);
  const answered = await request({
    method: 'POST',
    path: '/chat/completions',
    body: bodyOf(chatRequest),
    accept: chatRequest.stream ? 'text/event-stream' : 'application/json',
    signal: exchange.signal,
    default_timeouts: CHAT_TIMEOUTS,
    late_content: true,
    retries,
  });
  return { ...answered, exchange, since, headers: since() };
}

async function readAnswer(
  { response: head, access, context, exchange, since, headers }: Asked,
  { model: asked, parameters }: ChatRequest,
  {
    signal,
    onDelta,
    raw_thinking = false,
    max_answer,
    collector,
  }: ChatOptions & Pick<Incoming, 'max_answer' | 'collector'>,
): Promise<ChatAnswer> {
  let first_token: number | undefined;
  const deliver = (delta: ChatDelta) => {
    if (delta.type !== 'tool_call') first_token ??= since();
    return onDelta?.(delta);
  };
  const { first, response } = await peek(head);
  const format = formatOf(response.headers['content-type'], first);
  if (first.byteLength === 0 && format !== 'events') throw withoutBody(response);
  const answer = await read(format, {
    response,
    context,
    signal,
    deliver,
    raw_thinking,
    max_answer,
    collector,
    several: Number(parameters?.n ?? 1) > 1,
    hangUpAfter: exchange.hangUpAfter,
  });
  if (endingOf(answer.finish_reason) === 'broken') {
    const error = { code: 'server_error', message: brokenOff(answer) };
    const { reportedError } = await import('../api/refusal.ts');
    throw reportedError(error, response, context);
  }
  const { has_choice: _, id, model, refusal, rest: others, ...fields } = answer;
  const request_id = response.headers['x-request-id'] ?? id;
  const rest = id === request_id ? others : given({ id, ...others });
  return {
    ...fields,
    ...(refusal !== '' && { refusal }),
    ...(rest !== undefined && { rest }),
    model: model ?? asked,
    request_id,
    endpoint: access.endpoint,
    streamed: format === 'events',
    timings: { headers, first_token, total: since() },
  };
}

/** The failure of an answer if the same request may succeed in a moment. */
async function passingFailure(
  error: unknown,
  { response: { host } }: ApiResponse,
): Promise<Failure | undefined> {
  if (!(error instanceof QwenDemoError)) return undefined;
  const { canPass } = await import('../api/refusal.ts');
  if (!canPass(error)) return undefined;
  const reason = error.message.replace(/\.$/, '');
  return { reason, host, loading: error.code === 'model_loading' };
}

function withoutBody({ host, status }: HttpResponse): ProtocolError {
  return new ProtocolError(`${host} sent an empty answer`, {
    code: 'empty_answer',
    status,
    hint: 'Try again, or choose another model with -m.',
  });
}

function brokenOff({ finish_reason }: Assembled): string {
  return `it broke the answer off with the finish_reason ${finish_reason}`;
}

function bodyOf({ model, messages, stream, parameters }: ChatRequest): Record<string, unknown> {
  const stream_options = stream ? { include_usage: true } : undefined;
  return { ...given({ model, messages, stream, stream_options }), ...parameters };
}

interface Exchange {
  signal: AbortSignal;
  hangUpAfter: Incoming['hangUpAfter'];
}

/** The signal of one request and its answer. The caller aborts it, or `hangUpAfter` does. */
function createExchange(clock: Clock, signal: AbortSignal | undefined): Exchange {
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
  const { webPage } = await import('../api/refusal.ts');
  throw webPage(response.status, await readRefusal(response), response.host, context);
}
