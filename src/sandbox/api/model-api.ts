import type { Clock, Random } from '../../core/ports.ts';
import { answer } from '../model/answers.ts';
import { modelNotFound, parseChatRequest, type ChatCompletionRequest } from './chat-request.ts';
import { streamCompletion } from './chat-stream.ts';
import { usageOf, wholeCompletion, type Completion } from './completion.ts';
import { mediaType, readBody, Refusal, type Exchange, type Reply } from '../exchange.ts';
import {
  FIREWALL_PAGE,
  QUOTA_EXCEEDED,
  RATE_LIMITED,
  SLOW_FIRST_TOKEN_MS,
  type Fault,
} from '../faults.ts';
import { MODELS, servedModel, type SandboxModel } from '../model/served-models.ts';

export interface ChatApiOptions {
  clock: Pick<Clock, 'now' | 'sleep'>;
  random: Pick<Random, 'uuid'>;
  /** Whether a bearer is a live access token or the API key. */
  accepts: (bearer: string) => boolean;
  faults: ReadonlySet<Fault>;
  /** Milliseconds between two tokens of a stream. */
  token_delay: number;
}

const MAX_CHAT_BYTES = 20 * 1024 * 1024;
const STREAM_FAULTS = ['truncate-stream', 'error-frame'] as const;
const BEARER = /^Bearer ([\x21-\x7E]+)$/i;

/** The OpenAI-compatible model API, with the refusals of the real service. */
export class ChatApi {
  readonly #options: ChatApiOptions;
  #limited = false;

  constructor(options: ChatApiOptions) {
    this.#options = options;
  }

  list(exchange: Exchange): Promise<Reply | undefined> {
    return this.#admit(exchange, () => ({
      status: 200,
      body: { object: 'list', data: MODELS.filter((model) => model.served).map(describe) },
    }));
  }

  retrieve(exchange: Exchange): Promise<Reply | undefined> {
    return this.#admit(exchange, () => {
      const id = exchange.url.pathname.slice(exchange.url.pathname.lastIndexOf('/') + 1);
      const model = servedModel(id);
      if (!model) throw modelNotFound(id);
      return { status: 200, body: { ...describe(model) } };
    });
  }

  complete(exchange: Exchange): Promise<Reply | undefined> {
    return this.#admit(exchange, async () => {
      const { faults, clock, random } = this.#options;
      if (faults.has('quota')) return QUOTA_EXCEEDED;
      if (faults.has('rate-limit') && !this.#limited) {
        this.#limited = true;
        return RATE_LIMITED;
      }
      if (mediaType(exchange.request) !== 'application/json') {
        throw new Refusal(failure(400, 'invalid_parameter_error', 'content-type must be JSON'));
      }
      const request = parseChatRequest(await readBody(exchange.request, MAX_CHAT_BYTES));
      const completion: Completion = {
        id: `chatcmpl-${random.uuid()}`,
        created: Math.floor(clock.now() / 1000),
        model: request.model.id,
        answer: answer(request),
      };
      return this.#deliver(exchange, request, completion);
    });
  }

  async #deliver(
    exchange: Exchange,
    request: ChatCompletionRequest,
    completion: Completion,
  ): Promise<Reply | undefined> {
    const { faults, clock, token_delay } = this.#options;
    const first_delay = faults.has('slow') ? SLOW_FIRST_TOKEN_MS : 0;
    const usage = usageOf(request, completion.answer);
    if (!request.stream) {
      if (first_delay > 0) await clock.sleep(first_delay, exchange.signal);
      return { status: 200, body: wholeCompletion(completion, usage) };
    }
    await streamCompletion(exchange, completion, {
      usage: request.include_usage ? usage : undefined,
      ending: STREAM_FAULTS.find((fault) => faults.has(fault)) ?? 'complete',
      pace: { clock, first_delay, token_delay },
    });
    return undefined;
  }

  /** Gives the request its id, checks the bearer, and puts the id into every refusal. */
  async #admit(
    { request, response }: Exchange,
    work: () => Reply | Promise<Reply | undefined>,
  ): Promise<Reply | undefined> {
    const request_id = this.#options.random.uuid();
    response.setHeader('x-request-id', request_id);
    if (this.#options.faults.has('html-api')) return FIREWALL_PAGE;
    try {
      const [, bearer] = BEARER.exec(request.headers.authorization ?? '') ?? [];
      const admitted = bearer !== undefined && this.#options.accepts(bearer);
      if (!admitted || this.#options.faults.has('dead-free-tier')) {
        throw new Refusal(failure(401, 'invalid_api_key', 'invalid access token or token expired'));
      }
      return identified(await work(), request_id);
    } catch (error) {
      if (error instanceof Refusal) return identified(error.reply, request_id);
      throw error;
    }
  }
}

function describe({ id }: SandboxModel): Record<string, unknown> {
  return { id, object: 'model', created: 1_753_142_400, owned_by: 'qwen' };
}

function failure(status: number, code: string, message: string): Reply {
  const error = { message, type: 'invalid_request_error', param: null, code };
  return { status, body: { error } };
}

function identified(reply: Reply | undefined, request_id: string): Reply | undefined {
  if (!reply || reply.status < 400 || typeof reply.body === 'string') return reply;
  return { ...reply, body: { ...reply.body, request_id } };
}
